import { check } from "/sdk/v1/tickrelay.js";

const answer = await check(location.href);
document.getElementById("state").textContent = answer.ok ? "This page may connect to the relay." : answer.message;
