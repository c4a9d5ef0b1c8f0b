import { setUpCompare } from "./compare.js";
import { setUpCopy } from "./copy.js";
import { setUpHeat } from "./heat.js";
import { setUpJourney } from "./journey.js";
import { setUpKeys } from "./keys.js";
import { setUpLive } from "./live.js";
import { setUpSearch } from "./search.js";
import { setUpTheme } from "./theme.js";

setUpTheme();
setUpKeys();
setUpSearch();
setUpCopy();
setUpJourney();
setUpHeat();
setUpLive();
setUpCompare();
// Tests and tools can tell that the page listens.
document.documentElement.dataset.ready = "";
