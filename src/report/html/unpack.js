// Puts back what the page holds compressed.
await (async () => {
  const bytes = Uint8Array.from(atob(document.getElementById("packed").content.textContent), (letter) => letter.charCodeAt(0));
  const whole = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  document.getElementById("unpacked").innerHTML = await new Response(whole).text();
})();
