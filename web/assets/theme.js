// Before anything is painted: the theme that was chosen in this browser, if one was.
const chosen = localStorage.getItem("casewright:theme");
if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
