// Every function of policy CEL by its name; a method has a dot before it and its receiver first.

import { conversions } from "./builtin-convert.ts";
import { mathFunctions } from "./builtin-math.ts";
import { netFunctions } from "./builtin-net.ts";
import { searchFunctions } from "./builtin-search.ts";
import { sizeFunctions } from "./builtin-size.ts";
import { textFunctions } from "./builtin-text.ts";
import { timeFunctions } from "./builtin-time.ts";
import type { Builtin } from "./code.ts";

export const builtins: ReadonlyMap<string, Builtin> = new Map(
  [
    sizeFunctions,
    conversions,
    textFunctions,
    searchFunctions,
    timeFunctions,
    mathFunctions,
    netFunctions,
  ].flatMap((group) => Object.entries(group)),
);
