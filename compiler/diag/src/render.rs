//! Renderers, one file each: the same diagnostics as text, as short lines, as JSON.
