// The API key of this browser tab: kept in sessionStorage, gone when the tab closes.

const storageKey = "holdpoint-key";

let current: string | null = read();

function read(): string | null {
  try {
    return sessionStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

export function apiKey(): string | null {
  return current;
}

export function signIn(key: string): void {
  current = key;
  try {
    sessionStorage.setItem(storageKey, key);
  } catch {
    // Storage may be switched off; the key then lives as long as the page.
  }
}

export function signOut(): void {
  current = null;
  try {
    sessionStorage.removeItem(storageKey);
  } catch {
    // Nothing was stored.
  }
}

export function authorization(): Record<string, string> {
  return current === null ? {} : { authorization: `Bearer ${current}` };
}
