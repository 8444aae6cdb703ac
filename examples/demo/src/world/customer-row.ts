// What a customer is, and the questions that cross from the table to its worker thread.

export interface Customer {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly plan: string;
  readonly status: "active" | "closed";
  /** Day, or null while the account is open. */
  readonly closed_on: string | null;
}

export interface Question {
  readonly id: number;
  readonly sql: string;
  readonly values: readonly unknown[];
}

export type Answer =
  | { readonly id: number; readonly ok: true; readonly rows: unknown[]; readonly changed: number }
  | { readonly id: number; readonly ok: false; readonly message: string };

export const customerSchema = `
  create table customers (
    id integer primary key,
    name text not null,
    email text not null unique,
    plan text not null check (plan in ('free', 'team', 'business')),
    status text not null check (status in ('active', 'closed')),
    closed_on date,
    check ((status = 'closed') = (closed_on is not null))
  );
  insert into customers (id, name, email, plan, status, closed_on) values
    (1, 'Aurora Bakery', 'orders@aurora-bakery.example', 'team', 'active', null),
    (2, 'Bergmann Optik', 'kontakt@bergmann-optik.example', 'business', 'active', null),
    (3, 'Nordlicht Reisen', 'info@nordlicht-reisen.example', 'team', 'closed', '2023-03-14'),
    (4, 'Cassava Foods', 'hello@cassava.example', 'free', 'active', null),
    (5, 'Delta Cycles', 'shop@delta-cycles.example', 'team', 'active', null),
    (6, 'Old Mill Books', 'desk@oldmill.example', 'free', 'closed', '2022-11-30'),
    (7, 'Esposito e Figli', 'posta@esposito.example', 'business', 'active', null),
    (8, 'Falkor Studio', 'studio@falkor.example', 'team', 'closed', '2025-02-20'),
    (9, 'Green Harbour', 'team@greenharbour.example', 'business', 'active', null),
    (10, 'Hanami Tea', 'cha@hanami.example', 'free', 'active', null),
    (11, 'Isar Werkzeug', 'verkauf@isar-werkzeug.example', 'team', 'closed', '2024-01-09'),
    (12, 'Juniper Labs', 'ops@juniper.example', 'business', 'active', null),
    (13, 'Kestrel Air', 'crew@kestrel.example', 'team', 'active', null),
    (14, 'Lumen Retail', 'buy@lumen.example', 'business', 'closed', '2023-08-02'),
    (15, 'Maple Dental', 'front@maple-dental.example', 'free', 'active', null),
    (16, 'Nimbus Print', 'jobs@nimbus.example', 'team', 'active', null),
    (17, 'Orchard Kids', 'hello@orchard.example', 'free', 'closed', '2024-06-28'),
    (18, 'Pioneer Tools', 'sales@pioneer.example', 'business', 'active', null),
    (19, 'Quay Seafood', 'dock@quay.example', 'team', 'active', null),
    (20, 'Rowan Yarns', 'wool@rowan.example', 'free', 'closed', '2023-12-19'),
    (21, 'Sable Coffee', 'beans@sable.example', 'team', 'active', null),
    (22, 'Tide Surf', 'surf@tide.example', 'free', 'closed', '2025-09-01'),
    (23, 'Umbra Lighting', 'info@umbra.example', 'business', 'active', null),
    (24, 'Vela Sails', 'loft@vela.example', 'team', 'active', null);
`;
