// Puts back what the page holds compressed, and then runs the script that is for it.
(async () => {
  const unpacked = async (id) => {
    const bytes = Uint8Array.from(atob(document.getElementById(id).content.textContent), (letter) => letter.charCodeAt(0));
    const whole = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return new Response(whole).text();
  };
  document.getElementById("unpacked").innerHTML = await unpacked("packed");
  const script = document.createElement("script");
  script.textContent = await unpacked("packed-script");
  document.body.append(script);
  script.remove();
})();
