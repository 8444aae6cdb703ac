// The look of the component library, made ours: petrol and slate, square shoulders, no decoration.

import type { MantineThemeOverride, VariantColorsResolver } from "@mantine/core";
import {
  Button,
  createTheme,
  defaultVariantColorsResolver,
  Modal,
  Textarea,
  TextInput,
} from "@mantine/core";

const sans = '-apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const mono =
  'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace';

/** Filled surfaces are dark in light mode and light in dark mode; their text follows. */
const variantColorResolver: VariantColorsResolver = (input) => {
  const colors = defaultVariantColorsResolver(input);
  return input.variant === "filled" ? { ...colors, color: "var(--hp-on-filled)" } : colors;
};

export const theme: MantineThemeOverride = createTheme({
  primaryColor: "petrol",
  primaryShade: { light: 7, dark: 3 },
  variantColorResolver,
  fontFamily: sans,
  fontFamilyMonospace: mono,
  headings: { fontFamily: sans, fontWeight: "650" },
  defaultRadius: 4,
  cursorType: "pointer",
  respectReducedMotion: true,
  colors: {
    petrol: [
      "#e6f4f2",
      "#cbe6e2",
      "#97cfc7",
      "#66b9ae",
      "#3a9d91",
      "#1f8277",
      "#126b62",
      "#0c5951",
      "#094842",
      "#063632",
    ],
    brick: [
      "#fdeeec",
      "#f8d7d3",
      "#efa9a2",
      "#f08b82",
      "#d55a4e",
      "#c03f33",
      "#ab2f24",
      "#96261c",
      "#7a1e16",
      "#5c1610",
    ],
  },
  components: {
    Button: Button.extend({ defaultProps: { fw: 600 } }),
    Modal: Modal.extend({
      defaultProps: {
        radius: 6,
        overlayProps: { backgroundOpacity: 0.5 },
        transitionProps: { duration: 90 },
        closeButtonProps: { "aria-label": "Close" },
      },
    }),
    TextInput: TextInput.extend({ defaultProps: { autoComplete: "off" } }),
    Textarea: Textarea.extend({ defaultProps: { autosize: false } }),
  },
});
