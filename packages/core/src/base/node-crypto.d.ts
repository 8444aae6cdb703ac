// The one part of node:crypto that core uses; core compiles without Node typings.

declare module "node:crypto" {
  export function hash(
    algorithm: "sha256",
    data: string | Uint8Array,
    outputEncoding: "hex" | "binary",
  ): string;
}
