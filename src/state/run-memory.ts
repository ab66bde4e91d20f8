/** What a run knows from the last one, and what it leaves for the next: a reader of the run's events. */

import { isoTime } from '../base/clock.ts';
import { VERSION } from '../base/version.ts';
import type { Place } from '../chain/discover.ts';
import type { FoundChain } from '../chain/expectations.ts';
import type { RunContext } from '../chain/list-digests.ts';
import type { SeenListings } from '../chain/listings.ts';
import { unseenFinding, wasUnseen } from '../chain/refused-listings.ts';
import { chainId } from '../digest/digest-key.ts';
import { CATALOGUE } from '../findings/catalogue.ts';
import type { Limit, StateUse, TrailEvent } from '../findings/event.ts';
import type { Finding } from '../findings/finding.ts';
import {
  type ChainCheckpoint,
  formatCheckpoint,
  MOST_PAST,
  type NextCheckpoint,
  type PlaceCheckpoint,
  STATE_SCHEMA,
  type StateTarget,
} from './checkpoint.ts';
import { type Basis, holdsBack, vanishedChain } from './checkpoint-findings.ts';
import { PlaceReview } from './place-review.ts';
import { type StateOptions, stateBehind, trustedBy } from './read-checkpoint.ts';

/** A search to which no folder was closed. */
const ALL_SEEN = { refused: [], listed: new Set<string>(), foldersListed: 0 };

/** The memory of one run. */
export class RunMemory {
  readonly #options: StateOptions;
  readonly #context: RunContext;
  readonly #target: StateTarget;
  readonly #basis: Basis | undefined;
  readonly #reviews = new Map<string, PlaceReview>();
  readonly #behind: readonly Finding[];
  readonly #notChecked: readonly string[];
  #isHeld = false;

  /** `notChecked` is what the run goes without (`laxitiesOf`). */
  constructor(
    options: StateOptions,
    context: RunContext,
    target: StateTarget,
    notChecked: readonly string[],
  ) {
    this.#notChecked = notChecked;
    this.#options = options;
    this.#context = context;
    this.#target = target;
    const { previous } = options;
    const isTrusted = trustedBy(options) !== null;
    this.#basis =
      previous === undefined ? undefined : { read: previous, isTrusted, relocations: context.relocations };
    this.#behind = stateBehind(options);
    this.#isHeld = this.#behind.length > 0;
  }

  /** What findings about the past rest on; undefined in a first run. */
  get basis(): Basis | undefined {
    return this.#basis;
  }

  /** Whether an earlier run proved anything, by anybody's word. */
  get knowsPlaces(): boolean {
    return this.#places.length > 0;
  }

  /** Whether the last state may replace reading: false for a first run, and for an untrusted state. */
  get spares(): boolean {
    return this.#basis?.isTrusted === true;
  }

  /** Begins the review of a place. Throws what the source's listing throws. */
  async open(place: Place): Promise<PlaceReview> {
    const name = nameOf(place);
    const known = this.#places.find((one) => nameOf(one) === name);
    const review = await PlaceReview.open(
      place,
      known,
      this.#context,
      this.#options,
      this.#basis,
      this.#notChecked,
    );
    this.#reviews.set(name, review);
    return review;
  }

  /** Takes note of an event of the run. */
  see(event: TrailEvent): void {
    if (event.type === 'finding') {
      const { finding } = event;
      const review = this.#reviews.get(placeNameOf(finding) ?? '');
      if (review !== undefined) review.observe(event);
      else if (holdsBack(finding) && CATALOGUE[finding.code].holdsBack !== 'its-place') this.#isHeld = true;
    } else if ('chain' in event && typeof event.chain === 'string') {
      const [account, region] = event.chain.split('/');
      this.#reviews.get(`${account}/${region}`)?.observe(event);
    }
  }

  /** The findings that only the whole run shows: chains that vanished, or could not be seen, and a state that is not the required one. */
  closing(
    found: readonly FoundChain[],
    seen: SeenListings & { readonly foldersListed: number } = ALL_SEEN,
  ): readonly Finding[] {
    const basis = this.#basis;
    if (basis === undefined) return this.#behind;
    const ids = new Set(found.flatMap(({ chain, formerly = [] }) => [chainId(chain), ...formerly]));
    const has = (test: (chain: FoundChain['chain']) => boolean): boolean =>
      found.some(({ chain }) => test(chain));
    const gone = this.#known.filter(({ id }) => !ids.has(id));
    const { relocations } = this.#context;
    return [
      ...this.#behind,
      ...gone.map((chain) => {
        const { account, region, id, last } = chain;
        if (wasUnseen(seen, last)) return unseenFinding(last, id, seen.foldersListed, relocations);
        const isAccount = !has((one) => one.account === account);
        const isRegion = !has((one) => one.account === account && one.region === region);
        return vanishedChain(chain, isAccount ? 'account' : isRegion ? 'region' : 'trail', basis);
      }),
    ];
  }

  /** The limits that the report must name, because memory replaces reading there. */
  limits(): readonly Limit[] {
    const limits: Limit[] = [];
    const { previous, relist } = this.#options;
    if (previous === undefined) return limits;
    const { sha256, signer, checkpoint } = previous;
    const isWeak = this.#context.source.kind !== 's3';
    if (!this.spares) {
      const signed =
        signer === null ? 'is not signed' : `is signed by a certificate (SHA-256 ${signer}) that`;
      const by = signer === null ? '' : ' neither signs this run nor was named with --state-signer';
      limits.push({
        code: 'STATE_UNSIGNED',
        text: `The checkpoint ${sha256} of ${checkpoint.written} ${signed}${by}, and its hash was not asked for: everything in the window was read as without it. What it finds rests on the word of anyone who can write the state.`,
      });
      return limits;
    }
    const listing =
      relist === false
        ? 'their folders were not listed again (--no-relist), so what was done to them since goes unseen'
        : 'their folders were listed again, and a day was read again where key, size, entity tag or time of writing of any object had changed; a change that leaves all of those as they were goes unseen';
    limits.push({
      code: 'CHECKPOINT_VOUCHES',
      text: `Time that is trusted from the checkpoint was not read again. It is the word of checkpoint ${sha256} of ${checkpoint.written}${trustedBy(this.#options) === 'hash' ? ', whose hash was given with --require-checkpoint,' : ''}; ${listing}.`,
    });
    if (isWeak)
      limits.push({
        code: 'LISTING_WEAK',
        text: 'A folder keeps no entity tags, and times of writing can be set at will: an old file of the same size and time goes unseen unless it is drawn (--recheck-sample).',
      });
    return limits;
  }

  /** Ends the memory: how it was used, and the checkpoint that was earned, which `take` is handed first. */
  conclude(isComplete: boolean): StateUse {
    const { location, previous, sample } = this.#options;
    const reviews = [...this.#reviews.values()];
    const next = isComplete && !this.#isHeld ? this.#next() : undefined;
    if (next !== undefined) this.#options.take?.(next.formatted);
    const days = reviews.map((review) => review.days);
    const read = previous && {
      sha256: previous.sha256,
      written: previous.checkpoint.written,
      signer: previous.signer,
      trustedBy: trustedBy(this.#options),
    };
    return {
      state: {
        location,
        read: read ?? null,
        checkpoint: next?.formatted.sha256 ?? null,
        days: {
          unchanged: days.reduce((sum, { unchanged }) => sum + unchanged, 0),
          changed: days.flatMap(({ changed }) => changed).sort(),
          sampled: days.flatMap(({ sampled }) => sampled).sort(),
        },
        sample: sample ?? null,
        held: next?.held ?? [...this.#reviews.keys()].sort(),
      },
      chains: Object.fromEntries(reviews.flatMap((review) => review.depths())),
    };
  }

  get #places(): readonly PlaceCheckpoint[] {
    return this.#options.previous?.checkpoint.places ?? [];
  }

  /** The chains of the last checkpoint that the window does not leave behind. */
  get #known(): readonly ChainCheckpoint[] {
    const from = this.#context.window.from ?? Number.NEGATIVE_INFINITY;
    return this.#places.flatMap(({ chains }) => chains).filter(({ last }) => Date.parse(last.end) > from);
  }

  #next(): { readonly formatted: NextCheckpoint; readonly held: readonly string[] } | undefined {
    const { previous } = this.#options;
    // An untrusted checkpoint is remembered as such: by a signature or a hash of the next state it would become proof.
    const kept = (place: PlaceCheckpoint): PlaceCheckpoint =>
      this.spares ? place : { ...place, untrusted: true };
    const places = new Map(this.#places.map((place) => [nameOf(place), kept(place)]));
    const held: string[] = [];
    for (const [name, review] of this.#reviews) {
      const next = review.checkpoint();
      if (next === undefined) held.push(name);
      else places.set(name, next);
    }
    if (held.length === this.#reviews.size) return undefined;
    const { checkpoint, sha256 } = previous ?? {};
    const past =
      checkpoint === undefined
        ? []
        : [{ sha256: sha256 ?? '', written: checkpoint.written }, ...checkpoint.past];
    const formatted = formatCheckpoint({
      schema: STATE_SCHEMA,
      tool: VERSION,
      written: isoTime(this.#context.clock.now()),
      target: this.#target,
      previous: sha256 ?? null,
      past: past.slice(0, MOST_PAST),
      places: [...places].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, place]) => place),
    });
    return { formatted, held: held.sort() };
  }
}

function nameOf({ account, region }: { readonly account: string; readonly region: string }): string {
  return `${account}/${region}`;
}

const IN_PLACE = /(?:^|\/)(\d{12})\/CloudTrail[A-Za-z0-9-]*\/([a-z0-9-]+)\//;

/** The place that a finding is about, by its chain or else by its object's key. */
function placeNameOf({ chain, object }: Finding): string | undefined {
  if (chain !== undefined) return chain.split('/').slice(0, 2).join('/');
  const [, account, region] = IN_PLACE.exec(object.key) ?? [];
  return account === undefined ? undefined : `${account}/${region}`;
}
