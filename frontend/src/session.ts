/** Who is signed in: one reactive object, filled from the session cookie by asking the API. */

import { reactive, readonly } from "vue";

import { api, unwrap } from "./api/client";
import { asProblem, ProblemError } from "./api/problem";
import type { Actor, DemoUser, Session } from "./api/types";

interface State {
  actor: Actor | null;
  csrfToken: string | null;
  loaded: boolean;
}

const state = reactive<State>({ actor: null, csrfToken: null, loaded: false });

export const session = readonly(state) as Readonly<State>;

function keep(found: Session | null): void {
  state.actor = found?.actor ?? null;
  state.csrfToken = found?.csrf_token ?? null;
  state.loaded = true;
}

/** Ask once per page load; 401 means nobody is signed in, every other problem is thrown. */
export async function loadSession(): Promise<void> {
  try {
    keep(await unwrap(api.GET("/api/v1/sessions/current"), { quiet401: true }));
  } catch (error) {
    if (error instanceof ProblemError && error.problem.status === 401) keep(null);
    else throw error;
  }
}

export async function signIn(username: string, password: string): Promise<void> {
  keep(await unwrap(api.POST("/api/v1/sessions", { body: { username, password } }), { quiet401: true }));
}

/** End the session on the server first: a session that only the page forgot would still be open. */
export async function signOut(): Promise<void> {
  try {
    await unwrap(
      api.DELETE("/api/v1/sessions/current", {
        headers: { "X-CSRF-Token": state.csrfToken ?? "" },
      }),
      { quiet401: true },
    );
  } catch (error) {
    if (asProblem(error).status !== 401) throw error;
  }
  keep(null);
}

/** The API has said that the session is over. */
export function forgetSession(): void {
  keep(null);
}

export function can(permission: string): boolean {
  const held: readonly string[] = state.actor?.permissions ?? [];
  return held.includes(permission);
}

/** Accounts of the demo subdistrict; an installation for real work does not offer the route, and none are shown. */
export async function loadDemoUsers(): Promise<DemoUser[]> {
  try {
    return (await unwrap(api.GET("/api/v1/demo-users"), { quiet401: true })).items;
  } catch {
    return [];
  }
}
