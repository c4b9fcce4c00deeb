// The page's own script: every request that changes something carries the session's token against forgery.
"use strict";

function cookie(name) {
  const found = document.cookie.split("; ").find((part) => part.startsWith(name + "="));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    if (!["GET", "HEAD"].includes((request.method || "GET").toUpperCase())) {
      request.headers["X-CSRF-Token"] = cookie("heqi_csrf");
    }
    return request;
  },
});
