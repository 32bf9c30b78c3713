/** Papers of one resident: the list, one on its way up, and taking one out of use. */

import { ref } from "vue";

import { api, unwrap } from "@/api/client";
import { upload } from "@/api/upload";
import type { Attachment } from "@/api/types";
import { session } from "@/session";
import { useAsync } from "./useAsync";
import { usePages } from "./usePages";

const PAGE_SIZE = 50;

export interface Subject {
  kind: string;
  id: string;
}

export function useAttachments() {
  const papers = usePages<Attachment>();
  const sending = useAsync<Attachment>();
  const voiding = useAsync<Attachment>();
  /** Share of the file that has left, 0 to 1. */
  const sent = ref(0);

  const load = (resident: string): Promise<void> =>
    papers.restart(async (after, signal) => {
      const found = await unwrap(
        api.GET("/api/v1/residents/{resident_id}/attachments", {
          params: { path: { resident_id: resident }, query: { limit: PAGE_SIZE, ...(after === null ? {} : { after }) } },
          signal,
        }),
      );
      return { items: found.items, next: found.next ?? null };
    });

  const send = (resident: string, file: File, kind: string, subject: Subject | null): Promise<void> =>
    sending.run((signal) => {
      const form = new FormData();
      form.append("kind", kind);
      if (subject !== null) {
        form.append("subject_kind", subject.kind);
        form.append("subject_id", subject.id);
      }
      // Its name stays behind: the service would not believe it, and it may say who is in the picture.
      form.append("file", file, "file");
      sent.value = 0;
      return upload<Attachment>(
        `/api/v1/residents/${resident}/attachments`,
        form,
        (share) => {
          sent.value = share;
        },
        signal,
      );
    });

  const takeOut = (paper: Attachment, reason: string): Promise<void> =>
    voiding.run((signal) =>
      unwrap(
        api.POST("/api/v1/attachments/{attachment_id}/voids", {
          params: {
            path: { attachment_id: paper.id },
            header: { "if-match": `"${paper.version}"` },
          },
          headers: { "X-CSRF-Token": session.csrfToken ?? "" },
          body: { reason },
          signal,
        }),
      ),
    );

  return { papers, sending, voiding, sent, load, send, takeOut };
}
