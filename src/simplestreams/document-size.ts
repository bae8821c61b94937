/** 64 MiB: what one document has at most, also after it is inflated. */
export const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
