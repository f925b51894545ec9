/** A shop for tents and boots, and what it is sold with: the part that customers see. */
import type { Places } from "../Places.ts"
import type { Watched } from "../Watched.ts"
import { journey, page, talk } from "./kinds.ts"

const domain = "nordlicht.localhost"

export const shop = (places: Places): ReadonlyArray<Watched> => [
  page(places, {
    key: "shop-front",
    name: "Shop, front page",
    host: `shop.${domain}`,
    tags: ["shop", "public"],
    every: 60,
    rhythm: { baseMs: 90, busy: 0.9 },
    outages: 1.2
  }),
  page(places, {
    key: "shop-product",
    name: "Shop, product page",
    host: `shop.${domain}`,
    path: "/tents/fjell-3",
    tags: ["shop", "public"],
    every: 600,
    rhythm: { baseMs: 140, busy: 0.8 }
  }),
  page(places, {
    key: "search",
    name: "Search",
    host: `search.${domain}`,
    path: "/?q=boots",
    tags: ["shop", "public"],
    every: 120,
    slowMs: 800,
    rhythm: { baseMs: 170, busy: 1.1, spread: 0.35 },
    outages: 1.5
  }),
  page(places, {
    key: "suggestions",
    name: "Search suggestions",
    host: `suggest.${domain}`,
    path: "/?q=ten",
    isJson: true,
    tags: ["shop"],
    every: 60,
    rhythm: { baseMs: 28, busy: 0.6 },
    outages: 0
  }),
  page(places, {
    key: "checkout",
    name: "Checkout API",
    host: `checkout.${domain}`,
    path: "/health",
    isJson: true,
    tags: ["shop", "payments"],
    every: 60,
    rhythm: { baseMs: 55, busy: 0.9 },
    outages: 1.5
  }),
  page(places, {
    key: "accounts",
    name: "Customer accounts",
    host: `accounts.${domain}`,
    path: "/sign-in",
    tags: ["shop", "public"],
    every: 300,
    rhythm: { baseMs: 110, busy: 0.6 }
  }),
  page(places, {
    key: "images",
    name: "Image resizer",
    host: `images.${domain}`,
    path: "/resize?w=640",
    tags: ["shop", "platform"],
    every: 300,
    rhythm: { baseMs: 240, busy: 0.7, spread: 0.4 },
    outages: 1.5
  }),
  page(places, {
    key: "cdn",
    name: "Image CDN",
    host: `cdn.${domain}`,
    path: "/logo.svg",
    tags: ["shop", "public"],
    every: 300,
    rhythm: { baseMs: 12, busy: 0.2 },
    outages: 0.3
  }),
  page(places, {
    key: "help",
    name: "Help centre",
    host: `help.${domain}`,
    tags: ["public"],
    every: 600,
    rhythm: { baseMs: 210, busy: 0.3 }
  }),
  page(places, {
    key: "blog",
    name: "Blog",
    host: `blog.${domain}`,
    tags: ["public", "marketing"],
    every: 600,
    rhythm: { baseMs: 320, busy: 0.2, spread: 0.4 },
    outages: 1.5
  }),
  page(places, {
    key: "jobs-page",
    name: "Careers",
    host: `careers.${domain}`,
    tags: ["public", "marketing"],
    every: 600,
    rhythm: { baseMs: 260, busy: 0.2 },
    outages: 0.4
  }),
  journey(places, {
    key: "basket",
    name: "Sign in and see the basket",
    host: `accounts.${domain}`,
    tags: ["shop"],
    every: 600,
    variables: { password: "tent pegs and rope" },
    steps: [
      {
        name: "Sign in",
        method: "POST",
        path: "/api/session",
        body: '{"email":"probe@nordlicht.example","password":"{{password}}"}'
      },
      { name: "Open the basket", path: "/api/basket" },
      { name: "Sign out", method: "DELETE", path: "/api/session" }
    ],
    rhythm: { baseMs: 260, busy: 0.8 },
    outages: 1.2
  }),
  journey(places, {
    key: "gift-card",
    name: "Buy a gift card",
    host: `checkout.${domain}`,
    tags: ["shop", "payments"],
    every: 600,
    steps: [
      { name: "Begin", method: "POST", path: "/api/orders" },
      { name: "Choose a card", method: "PUT", path: "/api/orders/probe/items" },
      { name: "Pay in the sandbox", method: "POST", path: "/api/orders/probe/payment" }
    ],
    rhythm: { baseMs: 620, busy: 0.6 },
    outages: 1.2
  }),
  talk(places, {
    key: "chat",
    name: "Live chat",
    type: "websocket",
    host: `chat.${domain}`,
    port: "websocket",
    settings: { url: `ws://chat.${domain}:${places.ports.websocket}/live`, send: "ping", expect: "pong" },
    tags: ["shop", "support"],
    every: 300,
    rhythm: { baseMs: 9, busy: 0.5 },
    outages: 1
  }),
  page(places, {
    key: "alster",
    name: "Alster Boats, shop",
    host: "shop.alster.localhost",
    tags: ["customer-alster", "public"],
    every: 300,
    rhythm: { baseMs: 130, busy: 0.7 },
    outages: 1
  }),
  page(places, {
    key: "deich",
    name: "Deich Café, reservations",
    host: "tables.deich-cafe.localhost",
    tags: ["customer-deich", "public"],
    every: 600,
    rhythm: { baseMs: 180, busy: 0.5 },
    outages: 0.8
  })
]
