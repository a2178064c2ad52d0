import { BarChart, LineChart, PieChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([BarChart, LineChart, PieChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

type Row = { label: string; figures: (number | null)[] };
type Drawn = { chart: echarts.ECharts; figure: HTMLElement };

const drawn: Drawn[] = [];

/** Draws every chart from the table beside it: a chart can show nothing that the table does not. */
export function drawCharts(within: ParentNode): void {
  for (const gone of drawn.filter(({ figure }) => !figure.isConnected)) {
    gone.chart.dispose();
    drawn.splice(drawn.indexOf(gone), 1);
  }
  for (const figure of within.querySelectorAll<HTMLElement>("figure[data-chart]")) {
    const canvas = figure.querySelector<HTMLElement>(".canvas");
    if (!canvas || drawn.some((d) => d.figure === figure)) continue;
    canvas.hidden = false;
    figure.classList.add("drawn");
    figure.querySelector("details")?.removeAttribute("open");
    const chart = echarts.init(canvas, undefined, { renderer: "canvas" });
    drawn.push({ chart, figure });
    paint({ chart, figure });
  }
}

addEventListener("resize", () => drawn.forEach(({ chart }) => chart.resize()));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.forEach(paint));

function paint({ chart, figure }: Drawn): void {
  const rows = read(figure);
  chart.setOption(figure.dataset.chart === "time" ? overTime(rows, columns(figure)) : shares(rows), { notMerge: true });
}

function columns(figure: HTMLElement): string[] {
  return [...figure.querySelectorAll("thead th")].slice(1).map((head) => head.textContent ?? "");
}

function read(figure: HTMLElement): Row[] {
  return [...figure.querySelectorAll("tbody tr")].map((row) => ({
    label: row.querySelector("th")?.textContent?.trim() ?? "",
    figures: [...row.querySelectorAll<HTMLElement>("td")].map((cell) => (cell.dataset.figure ? Number(cell.dataset.figure) : null)),
  }));
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

function common() {
  return {
    animation: !calm,
    textStyle: { fontFamily: "system-ui, sans-serif", color: colour("ink") },
    tooltip: {
      // The HTML tooltip needs inline styles, which the content security policy forbids.
      renderMode: "richText" as const,
      backgroundColor: colour("card"),
      borderColor: colour("line"),
      textStyle: { color: colour("ink") },
    },
  };
}

// People above, requests below, on one axis of time: their sizes differ too much for one scale.
function overTime(rows: Row[], names: string[]): echarts.EChartsCoreOption {
  const labels = rows.map((row) => row.label);
  const axis = (gridIndex: number, shown: boolean) => ({
    type: "category" as const, gridIndex, data: labels, axisLabel: { show: shown, color: colour("quiet") },
    axisLine: { lineStyle: { color: colour("line") } }, axisTick: { show: false },
  });
  const scale = (gridIndex: number) => ({
    type: "value" as const, gridIndex, splitNumber: 3, minInterval: 1,
    axisLabel: { color: colour("quiet") }, splitLine: { lineStyle: { color: colour("line") } },
  });
  const line = (index: number, tone: string) => ({
    name: names[index], type: "line" as const, xAxisIndex: 0, yAxisIndex: 0, data: rows.map((row) => row.figures[index]),
    smooth: 0.2, showSymbol: rows.length < 40, symbolSize: 6, lineStyle: { width: 2.5 }, itemStyle: { color: colour(tone) },
    areaStyle: { color: colour(tone), opacity: 0.08 },
  });
  return {
    ...common(),
    tooltip: { ...common().tooltip, trigger: "axis" },
    axisPointer: { link: [{ xAxisIndex: "all" }] },
    legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 12, textStyle: { color: colour("ink") } },
    grid: [{ left: 56, right: 12, top: 36, height: "50%" }, { left: 56, right: 12, bottom: 28, height: "22%" }],
    xAxis: [axis(0, false), axis(1, true)],
    yAxis: [scale(0), scale(1)],
    series: [
      line(0, "tone-1"),
      line(1, "tone-2"),
      {
        name: names[2], type: "bar" as const, xAxisIndex: 1, yAxisIndex: 1, data: rows.map((row) => row.figures[2]),
        barMaxWidth: 28, itemStyle: { color: colour("tone-3"), borderRadius: [3, 3, 0, 0] },
      },
    ],
  };
}

function shares(rows: Row[]): echarts.EChartsCoreOption {
  const tones = [1, 2, 3, 4, 5, 6].map((i) => colour(`tone-${i}`));
  return {
    ...common(),
    tooltip: { ...common().tooltip, trigger: "item", formatter: "{b}: {c} ({d} %)" },
    color: tones,
    series: [{
      type: "pie" as const, radius: ["55%", "88%"], label: { show: false }, padAngle: 2,
      itemStyle: { borderRadius: 4 },
      data: rows.map((row) => ({ name: row.label, value: row.figures[0] ?? 0 })),
    }],
  };
}
