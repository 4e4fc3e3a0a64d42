/**
 * JSON as Java sees it once it is read into its maps and lists. Some intrinsic functions of AWS compare, hash or write values by what
 * Java's `toString` and `hashCode` make of them, and that shows in their results.
 */
import { isArray, isObject, type Json } from "./json.ts"

/** Java's `toString`: `{a=1, b=[true, null]}`. */
export const written = (value: Json): string => {
  if (isArray(value)) {
    return `[${value.map(written).join(", ")}]`
  }
  return isObject(value)
    ? `{${Object.entries(value)
        .map(([key, field]) => `${key}=${written(field)}`)
        .join(", ")}}`
    : String(value)
}

const ofText = (text: string): number => {
  let hash = 0
  for (let at = 0; at < text.length; at += 1) {
    hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0
  }
  return hash
}

const ofNumber = (value: number): number => {
  if (Number.isSafeInteger(value)) {
    const long = BigInt(value)
    return value === (value | 0) ? value : Number(BigInt.asIntN(32, long ^ (BigInt.asUintN(64, long) >> 32n)))
  }
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value)
  return bits.getInt32(0) ^ bits.getInt32(4)
}

/** Java's `hashCode`. */
export const hashCode = (value: Json): number => {
  switch (typeof value) {
    case "string":
      return ofText(value)
    case "number":
      return ofNumber(value)
    case "boolean":
      return value ? 1231 : 1237
    default:
      return isArray(value)
        ? value.reduce<number>((hash, one) => (Math.imul(hash, 31) + hashCode(one)) | 0, 1)
        : isObject(value)
          ? Object.entries(value).reduce((hash, [key, one]) => (hash + (ofText(key) ^ hashCode(one))) | 0, 0)
          : 0
  }
}

/** The order in which a `HashSet` made of a list goes over what is in it: by the place of the hash in its table. */
export const inOrderOfHashes = (values: ReadonlyArray<Json>, madeOf: number): ReadonlyArray<Json> => {
  const size = 2 ** Math.ceil(Math.log2(Math.max(Math.floor(madeOf / 0.75) + 1, 16)))
  const place = (value: Json): number => {
    const hash = hashCode(value)
    return (hash ^ (hash >>> 16)) & (size - 1)
  }
  return values
    .map((value) => ({ value, at: place(value) }))
    .sort((one, other) => one.at - other.at)
    .map(({ value }) => value)
}
