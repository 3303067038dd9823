"use strict";
Redoc.init(
  "/api/openapi.json",
  {
    scrollYOffset: 46,
    hideDownloadButton: true,
    sortRequiredPropsFirst: true,
    jsonSampleExpandLevel: 3,
    theme: {
      colors: { primary: { main: "#1d4ed8" } },
      typography: {
        fontFamily: "system-ui, sans-serif",
        headings: { fontFamily: "system-ui, sans-serif" },
        code: { fontFamily: "ui-monospace, monospace" },
      },
      rightPanel: { backgroundColor: "#14213d" },
    },
  },
  document.getElementById("redoc"),
);
