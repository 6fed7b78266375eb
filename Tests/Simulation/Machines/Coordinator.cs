using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Coordination;
using AllData.Encryption;
using AllData.Errors;
using AllData.Events;
using AllData.Intervals;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Keys;
using AllData.Protocol.Placement;
using AllData.Protocol.Puts;
using AllData.Replication;
using AllData.Simulation.Running;
using AllData.Simulation.Work;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AllData.Simulation.Machines;

/// <summary>A silo's coordinator: the shipped classes of the way of a put, over the simulated network, disk and clock.</summary>
internal sealed class Coordinator
{
    private static readonly PutInstruments Puts = new(Meters.Unheard);
    private static readonly PeerInstruments Peers = new(Meters.Unheard);

    private readonly World _world;
    private readonly SimulatedSilo _silo;
    private readonly AllDataOptions _options;
    private readonly AdmissionGate _gate = new(long.MaxValue);
    private readonly ICopysets _copysets;
    private readonly OutstandingKeys _outstanding = new();
    private readonly KeyIssuer _keys;
    private readonly BlockNumbers _numbers;
    private readonly BlockCoordinator _blocks;
    private readonly BlockAssembler _assembler;
    private readonly SuppliedKeyPutter _supplied;
    private readonly HashSet<byte[]> _formed = [];

    /// <summary>Puts the parts of one life of a silo together, as the silo's host does.</summary>
    public Coordinator(World world, SimulatedSilo silo)
    {
        (_world, _silo, _options) = (world, silo, world.Settings.Options);
        var options = Options.Create(_options);
        var (replicas, federation) = (silo.Replicas, silo.Machine.Cluster.Federation);
        var pending = new PendingKeys();
        var services = new BlockReplicationServices(
            replicas, silo.Health, new ReplacementBudget(), new ReplicaPressure(silo.Time), Puts, Peers, silo.Time,
            Logger<BlockReplication>());
        _copysets = new SimulatedCopysets(new Copysets(silo.Peer, options, world.Random), world.Settings);
        _keys = new KeyIssuer(
            silo.Peer, silo.Topologies, silo.Clock, new ReservedKeys(), _outstanding, pending, options, silo.Time, silo.Life.Scheduler);
        _numbers = new BlockNumbers(silo.Peer, silo.Time, silo.Life.Scheduler, Logger<BlockNumbers>());
        var numbers = new SimulatedBlockNumbers(_numbers, world.Settings.Bug == PlantedBug.AbandonUnknown);
        _blocks = new BlockCoordinator(silo.Peer, silo.Topologies, _copysets, _keys, numbers, pending, services, federation, options,
            Logger<BlockCoordinator>());
        var encoder = new PayloadEncoder(PayloadKeyFiles.None);
        _assembler = new BlockAssembler(_blocks, _keys, encoder, Puts, silo.Time, Logger<BlockAssembler>());
        var inquirer = new SuppliedKeyInquirer(replicas, silo.Health, Peers, silo.Time, Logger<SuppliedKeyInquirer>());
        _supplied = new SuppliedKeyPutter(
            new SuppliedKeyLookUp(inquirer, encoder, silo.Topologies, _copysets, federation, options), _blocks, _keys,
            new LateTakers(replicas, options, silo.Time, Logger<LateTakers>()), encoder, Puts, silo.Clock, Logger<SuppliedKeyPutter>());
        Prober = new PeerProber(replicas, silo.Liveness, silo.Health, Peers, silo.Time, Logger<PeerProber>());
    }

    /// <summary>Asks silent peers whether they are back.</summary>
    public PeerProber Prober { get; }

    /// <summary>Hands out keys.</summary>
    /// <exception cref="PutException">There are none now.</exception>
    public async Task<EventKey[]> ReserveAsync(int count)
    {
        WatchRefusedKeys();
        var keys = await _keys.ReserveAsync(count);
        Array.ForEach(keys, _world.Invariants.Issued.OnKey);
        return keys;
    }

    /// <summary>Puts events under fresh keys.</summary>
    /// <exception cref="PutException">A part of them was not acknowledged.</exception>
    public Task PutFreshAsync(byte[][] payloads, CommitRequirement requirement)
    {
        WatchRefusedKeys();
        return PutFreshAsync(Array.ConvertAll(payloads, static payload => new KeyedEvent(default, payload, Clients.TopicOf(payload))), requirement);
    }

    /// <summary>
    /// Puts an event under a key that may be held already; as the put service does, as fresh where the key was reserved here and comes back for the first time.
    /// </summary>
    /// <exception cref="PutException">It was not acknowledged.</exception>
    public Task PutGivenAsync(KeyedEvent given, CommitRequirement requirement)
    {
        var isFresh = new bool[1];
        return _keys.TakeFresh([given], isFresh) > 0 ? PutFreshAsync([given], requirement) : PutLookedUpAsync(given, requirement);
    }

    /// <summary>
    /// Puts an event under a key without asking the other peers, as a put does whose claims were forgotten: so conflicts occur. Nothing is promised.
    /// </summary>
    /// <exception cref="PutException">It failed.</exception>
    public async Task PutUnaskedAsync(KeyedEvent given, CommitRequirement requirement)
    {
        var live = _silo.Topologies.Current;
        var plan = new SuppliedKeyLookUp.Plan(live, _copysets.Next(live.Topology));
        _world.Invariants.Followers.Except(given);
        using var ticket = Enter(1);
        var answers = await _blocks.PutGivenAsync([given], plan, [], isLate: false, TermsOf(requirement), _silo.Time.GetTimestamp(), ticket);
        if (answers[0].Error is { } error)
        {
            throw error;
        }
    }

    /// <inheritdoc cref="KeyIssuer.GetLowWatermarkAsync"/>
    public async Task<EventKey> GetLowWatermarkAsync()
    {
        var now = _silo.Machine.Clock.UnixMilliseconds;
        if (_world.Settings.Bug == PlantedBug.PromiseNothing && _silo.IsAccepted)
        {
            return EventKey.FirstAt(now);
        }

        var watermark = await _keys.GetLowWatermarkAsync();
        return _world.Settings.Bug == PlantedBug.ForgetInFlight && _silo.Machine.Number == 0 ? EventKey.FirstAt(now) : watermark;
    }

    /// <summary>What this silo says of keys that may be its own.</summary>
    public ImmutableArray<KeyIssuance> Judge(ImmutableArray<EventKey> keys) => _keys.Judge(keys);

    /// <inheritdoc cref="BlockNumbers.ReportAsync"/>
    public Task<ImmutableArray<NumberReport>> ReportNumbersAsync(Interval interval) => _numbers.ReportAsync(interval);

    /// <summary>A block leaves for a peer; the first time it is known from then on, with the keys that were issued for it.</summary>
    public void OnSending(BlockBytes bytes, PeerId peer)
    {
        _world.Trace.Note(TraceKind.Sent, _silo.Machine.Number, peer.Value);
        if (!_formed.Add(bytes.Bytes))
        {
            return;
        }

        var block = BlockCodec.Decode(bytes.Bytes);
        _world.Census.OnFormed(block);
        _world.Trace.Note(TraceKind.Formed, _silo.Machine.Number, "", unchecked((long)(ulong)block.Header.BlockDigest.Value));
        for (var i = 0; block.Header.Arrival is { } arrival && i < block.Header.EventCount; i++)
        {
            _world.Invariants.Issued.OnKey(ArrivalKeys.At(arrival, i));
        }

        for (var reader = block.GetReader(); !block.Header.HasSuppliedKeys && reader.MoveNext();)
        {
            if (!reader.Current.Key.IsReserved)
            {
                _world.Invariants.Issued.OnKey(reader.Current.Key);
            }
        }
    }

    private async Task PutFreshAsync(KeyedEvent[] events, CommitRequirement requirement)
    {
        var witness = new PutWitness(_world, _silo, requirement, isFresh: true);
        var put = new ClientPut(events, witness, Enter(events.Length), _silo.Time.GetTimestamp());
        await _assembler.PutAsync([put], TermsOf(requirement));
        witness.ThrowIfFailed();
    }

    private async Task PutLookedUpAsync(KeyedEvent given, CommitRequirement requirement)
    {
        var witness = new PutWitness(_world, _silo, requirement, isFresh: false);
        await _supplied.PutAsync([given], (_, answer) => witness.OnAnswer(given, answer), TermsOf(requirement), _silo.Time.GetTimestamp(), Enter(1));
        witness.ThrowIfFailed();
    }

    // There is always room: what is bounded is not the matter here.
    private AdmissionGate.Ticket Enter(long charge) => _gate.TryEnter(charge)!;

    private PutTerms TermsOf(CommitRequirement requirement) => new(requirement, _options.Deadlines.Put);

    private void WatchRefusedKeys()
    {
        if (_silo.IsAccepted && _silo.Clock.WhyNoKeys() is { } reason)
        {
            _world.Invariants.Open.OnKeysRefused(_silo.Machine.Id, reason, _silo.IsSureOfTime);
        }
    }

    private ErrorWatch<T> Logger<T>() => new(_world);
}
