// Whether this browser draws with a graphics card. By a processor alone, a plain canvas is quicker than WebGL.

export type Webgl = "card" | "processor" | "none";

function probe(): Webgl {
  const contextOf = (attributes: WebGLContextAttributes) => {
    try {
      return document.createElement("canvas").getContext("webgl2", attributes);
    } catch {
      return null;
    }
  };
  const free = (context: WebGL2RenderingContext) => context.getExtension("WEBGL_lose_context")?.loseContext();
  const any = contextOf({});
  if (!any) return "none";
  const info = any.getExtension("WEBGL_debug_renderer_info");
  const name = String(any.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : any.RENDERER));
  free(any);
  if (/swiftshader|llvmpipe|softpipe|software|basic render/i.test(name)) return "processor";
  const quick = contextOf({ failIfMajorPerformanceCaveat: true });
  if (!quick) return "processor";
  free(quick);
  return "card";
}

let known: Webgl | null = null;

/** Looked up once, when something is first enlarged. */
export const webgl = (): Webgl => (known ??= probe());
