// Unpacks the player and starts it; in a browser that is too old for that, says so.
(async () => {
  const packed = Uint8Array.from(atob(document.getElementById("player").textContent), (letter) => letter.charCodeAt(0));
  const script = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).blob();
  const element = document.createElement("script");
  element.src = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  document.head.append(element);
})().catch((error) => {
  document.getElementById("problem-text").textContent =
    `This browser cannot run the page (${error.message}). Those since spring 2023 can.`;
  document.getElementById("problem").hidden = false;
});
