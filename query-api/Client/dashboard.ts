// What the pages do when scripts run: charts beside tables, figures that refresh, the time until sign-off. Without it
// every figure is there, as a table.
import { drawCharts } from "./charts";
import { keepFresh } from "./refresh";
import { countDown } from "./session";

drawCharts(document);
keepFresh(document.getElementById("figures"), drawCharts);
countDown(document.getElementById("remaining"), document.getElementById("stay"));
