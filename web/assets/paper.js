// The one button of a printed page.
document.querySelector("[data-print]").addEventListener("click", () => print());
