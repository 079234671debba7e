// "Leave this page quickly": the page does not stay in the way back, and pressing Escape three times does it too.

const link = document.querySelector("[data-leave]");
let pressed = [];

function leave() {
  document.documentElement.hidden = true;
  location.replace(link.href);
}

link.addEventListener("click", (event) => {
  event.preventDefault();
  leave();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  pressed = [...pressed.filter((at) => event.timeStamp - at < 2000), event.timeStamp];
  if (pressed.length >= 3) leave();
});
