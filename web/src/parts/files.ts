// What is seen, as files: pictures, numbers, specifications.
function save(name: string, blob: Blob) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name.replaceAll(/[^\w.-]+/g, "_");
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

export const saveJson = (name: string, value: unknown) => save(name, new Blob([`${JSON.stringify(value, null, 2)}\n`], { type: "application/json" }));
export const saveText = (name: string, text: string) => save(name, new Blob([text], { type: "text/csv" }));
export const saveCanvas = (name: string, canvas: HTMLCanvasElement) => canvas.toBlob((blob) => blob && save(name, blob), "image/png");

