/** `CLOUD` or `CLOUD/REGION`; a region may have a slash in its name. */
export function cloudAndRegion(text = ''): { readonly cloud?: string; readonly region?: string } {
  const [, cloud, region] = /^([^/]*)(?:\/(.*))?$/s.exec(text) ?? []
  return { ...(cloud ? { cloud } : {}), ...(region ? { region } : {}) }
}
