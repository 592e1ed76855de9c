// Every screen that has an address.

export const SCREENS = [
  ["overview", ""], ["overview-month", "?range=30d"], ["machines", "/machines"], ["machines-all", "/machines?show=all"], ["mint", "/machines/new"],
  ["machine", "/machines/tok_seed1"], ["keys", "/keys"], ["key-new", "/keys/new"], ["routing", "/routing"], ["try-it", "/routing?try=anthropic:claude-haiku-4-5"],
  ["route-new", "/routing/new"], ["activity", "/activity"], ["harnesses", "/harnesses"], ["settings", "/settings"], ["shared-budgets", "/settings/limits"], ["prices", "/settings/prices"], ["sessions", "/settings/sessions"],
];
