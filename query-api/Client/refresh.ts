const everyMilliseconds = 15_000;

/** Asks for the figures anew and puts in what has changed, part by part, so that reading and focus are not disturbed. */
export function keepFresh(figures: HTMLElement | null, drawn: (within: ParentNode) => void): void {
  const address = figures?.dataset.refresh;
  if (!figures || !address) return;
  const refresh = async () => {
    if (document.hidden) return;
    const answer = await fetch(address, { headers: { Accept: "text/html" }, redirect: "error" }).catch(() => null);
    figures.classList.toggle("stale", !answer?.ok);
    if (answer?.ok) exchange(figures, await answer.text(), drawn);
  };
  setInterval(refresh, everyMilliseconds);
  document.addEventListener("visibilitychange", refresh);
}

// What the server sent of a part, as opposed to what a chart made of it since.
const sent = new WeakMap<HTMLElement, string>();

function parts(within: ParentNode): HTMLElement[] {
  return [...within.querySelectorAll<HTMLElement>("[data-part]")];
}

function exchange(figures: HTMLElement, html: string, drawn: (within: ParentNode) => void): void {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const [now, next] = [parts(figures), parts(fresh)];
  const same = now.length === next.length && now.every((part, i) => part.dataset.part === next[i].dataset.part);
  if (!same) {
    figures.replaceChildren(...fresh.body.childNodes);
    for (const part of parts(figures)) sent.set(part, part.outerHTML);
    drawn(figures);
    return;
  }
  now.forEach((part, i) => {
    const text = next[i].outerHTML;
    if (sent.get(part) === text) return;
    const open = part.querySelector("details")?.open;
    const replacement = document.adoptNode(next[i]);
    part.replaceWith(replacement);
    sent.set(replacement, text);
    drawn(replacement.parentNode ?? figures);
    const details = replacement.querySelector("details");
    if (details && open !== undefined) details.open = open;
    replacement.classList.add("changed");
  });
}
