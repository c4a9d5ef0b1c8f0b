// Says something to those who listen instead of look.
export function tell(text) {
  const place = document.getElementById("told");
  if (place) place.textContent = text;
}
