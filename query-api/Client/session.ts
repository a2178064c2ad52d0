const secondsOfWarning = 120;

/** Shows how long it is until inactivity ends the session. The server ends it; this only tells. */
export function countDown(place: HTMLElement | null, stay: HTMLElement | null): void {
  const words = place?.querySelector("[data-minutes]");
  if (!place || !words) return;
  const end = Date.now() + Number(place.dataset.seconds) * 1000;

  const show = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    words.textContent = left > secondsOfWarning ? `${Math.ceil(left / 60)} minutes` : `${left} seconds`;
    place.classList.toggle("warning", left <= secondsOfWarning);
    if (stay) stay.hidden = left > secondsOfWarning;
    // The page's Refresh header leads away in the second after; a sleeping computer may wake past it.
    if (left > 0) return;
    clearInterval(ticking);
    location.assign("/sign-in?ended=inactivity");
  };
  const ticking = setInterval(show, 1000);
  show();
}
