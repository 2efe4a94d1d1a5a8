import type { JsonObject } from '../../connector/connector.ts';
import { integerAt, pickAt } from './random.ts';

/** One stream: how many records it has for a number of orders, and each of them from (seed, index) alone. */
export interface FakeStream {
  readonly name: string;
  countFor(orders: number): number;
  readonly properties: JsonObject;
  /** The record as JSON text: twice as fast as an object that is then printed. No value needs an escape. Its id is `index + 1`. */
  jsonAt(seed: number, index: number): string;
}

const firstNames = [
  'Ada',
  'Amara',
  'Bruno',
  'Chloé',
  'Dalia',
  'Emre',
  'Farah',
  'Goran',
  'Hana',
  'Ines',
  'Jonas',
  'Kofi',
  'Lucía',
  'Mei',
  'Nils',
  'Priya',
];
const lastNames = [
  'Andersen',
  'Bianchi',
  'Castro',
  'Dubois',
  'Eriksson',
  'Fischer',
  'García',
  'Haddad',
  'Ito',
  'Jansen',
  'Kowalski',
  'Lindqvist',
  'Mensah',
  'Nguyen',
  'Okafor',
  'Park',
];
const cities = ['Amsterdam', 'Austin', 'Bogotá', 'Cape Town', 'Kraków', 'Lagos', 'Lyon', 'Melbourne', 'Mumbai', 'Osaka', 'São Paulo', 'Toronto'];
const adjectives = ['Compact', 'Durable', 'Folding', 'Heavy', 'Light', 'Portable', 'Quiet', 'Smart', 'Soft', 'Sturdy'];
const things = ['Backpack', 'Bicycle', 'Chair', 'Desk', 'Headphones', 'Kettle', 'Lamp', 'Notebook', 'Tent', 'Watch'];
const categories = ['garden', 'home', 'office', 'outdoor', 'travel'];
const statuses = ['placed', 'paid', 'shipped', 'delivered', 'returned'];

const timestamp = { type: 'string', format: 'date-time' };
const integer = { type: 'integer' };
const text = { type: 'string' };
const price = { type: 'string', description: 'A decimal with two digits after the point.' };

const users: FakeStream = {
  name: 'users',
  countFor: (orders) => Math.ceil(orders / 10),
  properties: {
    id: integer,
    name: text,
    email: { type: 'string', format: 'email' },
    city: text,
    active: { type: 'boolean' },
    created_at: timestamp,
    updated_at: timestamp,
  },
  jsonAt(seed, index) {
    const first = pickAt(seed, index, 0, firstNames);
    const last = pickAt(seed, index, 1, lastNames);
    const city = pickAt(seed, index, 2, cities);
    const active = integerAt(seed, index, 3, 10) > 0;
    return `{"id":${index + 1},"name":"${first} ${last}","email":"user${index + 1}@example.com","city":"${city}","active":${active},${times(seed, index, 10)}}`;
  },
};

const products: FakeStream = {
  name: 'products',
  countFor: (orders) => Math.ceil(orders / 20),
  properties: { id: integer, name: text, category: text, price, in_stock: integer, created_at: timestamp, updated_at: timestamp },
  jsonAt(seed, index) {
    const name = `${pickAt(seed, index, 10, adjectives)} ${pickAt(seed, index, 11, things)}`;
    const category = pickAt(seed, index, 12, categories);
    const inStock = integerAt(seed, index, 13, 500);
    return `{"id":${index + 1},"name":"${name}","category":"${category}","price":"${decimal(priceInCents(seed, index))}","in_stock":${inStock},${times(seed, index, 20)}}`;
  },
};

const orders: FakeStream = {
  name: 'orders',
  countFor: (count) => count,
  properties: {
    id: integer,
    user_id: integer,
    product_id: integer,
    quantity: integer,
    unit_price: price,
    total: price,
    status: text,
    created_at: timestamp,
    updated_at: timestamp,
  },
  jsonAt(seed, index) {
    // Only users and products that exist however many orders there are.
    const user = integerAt(seed, index, 20, users.countFor(index + 1));
    const product = integerAt(seed, index, 21, products.countFor(index + 1));
    const quantity = 1 + integerAt(seed, index, 22, 9);
    const unitPrice = priceInCents(seed, product);
    const status = pickAt(seed, index, 23, statuses);
    const prices = `"unit_price":"${decimal(unitPrice)}","total":"${decimal(unitPrice * quantity)}"`;
    return `{"id":${index + 1},"user_id":${user + 1},"product_id":${product + 1},"quantity":${quantity},${prices},"status":"${status}",${times(seed, index, 1)}}`;
  },
};

/** In the order they are offered: what orders refer to comes first. */
export const fakeStreams: readonly FakeStream[] = [users, products, orders];

/** `updated_at` grows with the index, by so many seconds that all streams cover the same time; `created_at` lies up to 30 days before. */
function times(seed: number, index: number, stepSeconds: number): string {
  const updatedAt = 1_704_067_200 + index * stepSeconds;
  const createdAt = updatedAt - integerAt(seed, index, 30 + stepSeconds, 2_592_000);
  return `"created_at":"${isoTime(createdAt)}","updated_at":"${isoTime(updatedAt)}"`;
}

const dates = new Map<number, string>();

/** Like Date.toISOString, which is what generating would spend most of its time in: a date is made once. */
function isoTime(seconds: number): string {
  const day = Math.floor(seconds / 86_400);
  let date = dates.get(day);
  if (date === undefined) {
    date = new Date(day * 86_400_000).toISOString().slice(0, 11);
    dates.set(day, date);
  }
  const rest = seconds - day * 86_400;
  return `${date}${twoDigits(Math.floor(rest / 3600))}:${twoDigits(Math.floor(rest / 60) % 60)}:${twoDigits(rest % 60)}Z`;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}

function priceInCents(seed: number, product: number): number {
  return 199 + integerAt(seed, product, 14, 29_800);
}

function decimal(cents: number): string {
  return `${Math.floor(cents / 100)}.${twoDigits(cents % 100)}`;
}
