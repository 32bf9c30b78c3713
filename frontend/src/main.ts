import { createApp } from "vue";

import App from "./App.vue";
import { tell } from "./notice";
import { makeRouter } from "./router";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/print.css";

const app = createApp(App);
const router = makeRouter();
// A page chunk that no longer exists after an upgrade fails here; saying so beats a page that does not answer.
router.onError(tell);
app.config.errorHandler = tell;
app.use(router);
app.mount("#app");
