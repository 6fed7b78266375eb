using AllData.Certificates;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Protocol.Certificates;
using AllData.Protocol.Numbers;
using AllData.Simulation.Machines;
using AllData.Simulation.Running;
using AllData.Simulation.Storage;

namespace AllData.Simulation.Truth;

/// <summary>Knows the entries of a cluster's certificate log that were ever valid, and what each claims; tells the invariant.</summary>
internal sealed class CertificateTruth(World world, SimulatedCluster cluster)
{
    private readonly ReadIntervals _read = new(world.Settings.IntervalLength);
    private readonly List<string> _texts = [];
    private readonly List<HashSet<Disk>> _witnesses = [];
    private readonly Dictionary<long, TreeHash> _heads = [];
    private readonly Dictionary<(SimulatedSilo Silo, Interval Interval), TimeSpan> _looks = [];
    private readonly Dictionary<string, TimeSpan> _proposed = new(StringComparer.Ordinal);
    private readonly HashSet<Disk> _forgetful = [];

    /// <summary>The entries, in their order.</summary>
    public IReadOnlyList<string> Texts => _texts;

    /// <summary>Certificates by their states.</summary>
    public Dictionary<CertificateState, int> States { get; } = [];

    /// <summary>Certificates that are not the first of their interval.</summary>
    public int Supplements { get; private set; }

    /// <summary>Certificates that were proposed and are not true.</summary>
    public int Lies { get; private set; }

    /// <summary>
    /// Whether several peers had forgotten at once what they had signed, or all that had the log: then nothing is left that could know, and a log may have two
    /// continuations.
    /// </summary>
    public bool HasForgotten { get; private set; }

    /// <summary>The newest certificate of each interval.</summary>
    public IReadOnlyDictionary<Interval, IntervalCertificate> Newest =>
        _texts.Select(IntervalCertificate.Parse).GroupBy(static c => c.Interval).ToDictionary(static of => of.Key, static of => of.Last());

    /// <summary>The planted bug: an interval of which a certificate promises something is not looked at again.</summary>
    public bool IsOverlooked(Interval interval) => world.Settings.Bug == PlantedBug.OverlookLate
        && Newest.TryGetValue(interval, out var newest) && newest.State != CertificateState.Unknown;

    /// <summary>A silo begins to look at an interval.</summary>
    public void OnLook(SimulatedSilo silo, Interval interval)
    {
        _looks[(silo, interval)] = world.Timeline.Elapsed;
        _read.Begin(silo, interval);
    }

    /// <summary>A silo has read an event of an interval.</summary>
    public void OnRead(SimulatedSilo silo, EventEntry entry) => _read.Add(silo, entry);

    /// <summary>A silo asks another one to sign an entry.</summary>
    public void OnProposed(SimulatedSilo silo, string text) => _proposed.TryAdd(text, LookOf(silo, IntervalCertificate.Parse(text).Interval));

    /// <summary>An entry is proposed that is not true.</summary>
    public void OnLie() => Lies++;

    /// <summary>What a silo has read last of an interval, without one event.</summary>
    public IntervalContent WithoutOne(SimulatedSilo silo, Interval interval)
    {
        var read = _read.LastOf(silo, interval).ToList();
        if (read.Count > 0)
        {
            read.RemoveAt(world.Random.Next(read.Count));
        }

        return ReadIntervals.ContentOf(read);
    }

    /// <summary>A directory has lost what it remembers, or a part of it.</summary>
    public void OnForgotten(Machine machine)
    {
        _forgetful.RemoveWhere(disk => disk.IsGone || disk.Certificates.Memory.IsSure);
        HasForgotten |= _forgetful.Any(disk => disk != machine.Disk);
        _forgetful.Add(machine.Disk);
        _witnesses.ForEach(disks => disks.Remove(machine.Disk));
        OnLost(machine);
    }

    /// <summary>A directory is lost. Of a cluster with one or two peers it may have been the last that had the log.</summary>
    public void OnLost(Machine machine) => HasForgotten |= _texts.Count > 0 && !cluster.Machines.Any(m => m != machine && !m.IsRetired
        && (m.Disk.Certificates.Texts.Count >= _texts.Count || m.Disk.Certificates.Memory.Signed.Any(s => s.Text == _texts[^1])));

    /// <summary>A directory remembers something that it is about to sign.</summary>
    public void OnRemembered(Disk disk, SigningMemory memory)
    {
        foreach (var signed in memory.Signed.Where(s => s.Size <= _texts.Count && _texts[(int)s.Size - 1] == s.Text))
        {
            _witnesses[(int)signed.Size - 1].Add(disk);
        }
    }

    /// <summary>Entries have come into the log of a directory, under a valid head.</summary>
    public void OnAppended(Disk disk, IReadOnlyList<string> texts, Checkpoint head)
    {
        if (HasForgotten)
        {
            return;
        }

        for (var i = 0; i < texts.Count; i++)
        {
            var index = (int)head.Size - texts.Count + i;
            world.Invariants.Certificates.CheckEntry(disk, index, texts[i], index < _texts.Count ? _texts[index] : null);
            if (index == _texts.Count)
            {
                _texts.Add(texts[i]);
                _witnesses.Add([.. cluster.Machines.Select(static m => m.Disk).Where(d => d.Certificates.Memory.Signed.Any(s => s.Text == texts[i]))]);
                OnValid(IntervalCertificate.Parse(texts[i]), texts[i]);
            }

            _witnesses[index].Add(disk);
        }

        _heads.TryAdd(head.Size, head.Root);
        world.Invariants.Certificates.CheckHead(head, _heads[head.Size]);
    }

    /// <summary>The intervals whose newest certificate does not have what is held of them, or promises nothing.</summary>
    public IEnumerable<Interval> Unsettled() => Over().Where(interval =>
        Newest.GetValueOrDefault(interval) is not { State: not CertificateState.Unknown } newest || Compare(newest) is not (0, 0));

    /// <summary>The intervals that are over and of which something is held.</summary>
    public IEnumerable<Interval> Over() => world.Census.Blocks.Where(b => b.Holders.Any(disk => disk.Cluster == cluster.Number))
        .Select(b => Interval.Containing(b.Block.Header.UnixMinute, world.Settings.IntervalLength)).Distinct().Order()
        .Where(interval => interval.Next.EndUnixMilliseconds + (long)world.Settings.Options.Maintenance.CloseDelay.TotalMilliseconds
            < world.Timeline.Now.ToUnixTimeMilliseconds());

    /// <summary>Judges the newest certificates of a store that is at rest: each that promises something has what came late.</summary>
    public void JudgeVersions()
    {
        // Of one or two peers a new directory is half of the signers: what it finds changed it does not sign again, and the log waits for an operator.
        if (cluster.Registry.Snapshot.Peers.Count(static p => p.Stores) < 3)
        {
            return;
        }

        foreach (var newest in Newest.Values.Where(c => !HasForgotten && c.State != CertificateState.Unknown))
        {
            var (lost, late) = Compare(newest);
            world.Invariants.Certificates.CheckRaised(newest, lost, late);
        }
    }

    /// <summary>Judges the log of a store that is at rest.</summary>
    public void JudgeLog()
    {
        var present = Registered();
        var longest = present.Select(static disk => disk.Certificates.Texts.Count).DefaultIfEmpty().Max();
        for (var index = 0; index < _texts.Count && !HasForgotten; index++)
        {
            world.Invariants.Certificates.CheckKept(index, index < longest || !_witnesses[index].Overlaps(present));
        }
    }

    private TimeSpan LookOf(SimulatedSilo silo, Interval interval) => _looks.GetValueOrDefault((silo, interval), world.Timeline.Elapsed);

    private HashSet<Disk> Registered()
    {
        var ordinals = cluster.Registry.Snapshot.Peers.Select(static p => p.Ordinal).ToHashSet();
        return [.. cluster.Machines.Where(static m => !m.IsRetired).Select(static m => m.Disk).Where(disk => ordinals.Contains(disk.Ordinal))];
    }

    private void OnValid(IntervalCertificate certificate, string text)
    {
        States[certificate.State] = States.GetValueOrDefault(certificate.State) + 1;
        Supplements += certificate.Version > 1 ? 1 : 0;
        world.Trace.Note(TraceKind.Sealed, -1, $"{certificate.Interval} version {certificate.Version} {certificate.State}", certificate.Content.Events);
        var events = _read.Find(certificate.Interval, certificate.Content);
        var known = world.Census.Entries;
        world.Invariants.Certificates.CheckContent(
            certificate, events, events is null || events.All(entry => known.TryGetValue(entry, out var put) && put.FirstStored is not null));
        if (certificate.State == CertificateState.Unknown)
        {
            return;
        }

        var made = _proposed.GetValueOrDefault(text, world.Timeline.Elapsed);
        var ordinals = certificate.Answered.Select(static a => a.Ordinal).ToHashSet();
        var asked = cluster.Machines.Select(static m => m.Disk).Where(disk => ordinals.Contains(disk.Ordinal)).ToHashSet();
        var expected = known.Where(one => certificate.Interval.Contains(one.Key.Key) && one.Value.IsAcknowledged && one.Value.FirstStored < made);
        foreach (var (entry, put) in expected)
        {
            // A cluster answers for the blocks of its own coordinators, and for whatever its own peers hold.
            var isSeen = put.WasStoredIn(cluster.Number, made) && put.IsHeldAmong(asked);
            var isExplained = !isSeen && put.Blocks.TrueForAll(b => !b.WasStored || !cluster.IsOf(b) || IsExplained(certificate, b));
            world.Invariants.Certificates.CheckComplete(certificate, events!.Contains(entry) || isExplained, put);
        }
    }

    private bool IsExplained(IntervalCertificate certificate, BlockTruth block)
    {
        var id = block.Block.Header.Id;
        var numbers = certificate.Coordinators.FirstOrDefault(c => (c.Ordinal, c.Incarnation) == (id.Ordinal, id.Incarnation));
        return numbers is not null
            && (numbers.InFlightAtCrash.Contains(id.Number) || numbers.Accepted.Any(a => a.Numbers.Contains(id.Number))
                || (numbers.EndAccepted is not null && id.Number >= numbers.Issued)
                || IsBeyondMark(numbers, id));
    }

    // It was in flight when its coordinator was killed, and no peer that was asked holds one so high: nothing can say that it was ever given.
    private bool IsBeyondMark(CertifiedNumbers numbers, BlockId id) =>
        !numbers.IsEndUnknown && id.Number >= numbers.Issued && id.Number < numbers.Issued + IntervalNumbers.Window
        && !cluster.Machines.Any(m => m.Silo is not null && (m.Disk.Ordinal, m.Disk.Incarnation) == (id.Ordinal, id.Incarnation));

    private (int Lost, int Late) Compare(IntervalCertificate newest)
    {
        var present = Registered();
        var events = _read.Find(newest.Interval, newest.Content)!;
        var held = world.Census.Entries.Where(one => newest.Interval.Contains(one.Key.Key) && one.Value.IsHeldAmong(present))
            .Select(static one => one.Key).ToHashSet();
        return (events.Count(entry => !held.Contains(entry)), held.Count(entry => !events.Contains(entry)));
    }
}
