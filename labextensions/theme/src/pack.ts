/** The language pack for what a browser asks for; null where JupyterLab's own language will do. */
export function packOf(languages: readonly string[]): string | null {
  const first = languages[0]?.toLowerCase() ?? '';
  // Traditional characters have a pack of their own, which Lodge has no words for.
  return /^zh(-(cn|sg|hans.*))?$/.test(first) ? 'zh_CN' : null;
}
