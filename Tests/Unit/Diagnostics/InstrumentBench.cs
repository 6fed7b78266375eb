using System.Diagnostics.Metrics;
using System.Globalization;
using AllData.Configuration;
using AllData.Coordination;
using AllData.Diagnostics;
using AllData.Events;
using AllData.Following;
using AllData.Links;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Topologies;
using AllData.Repair;
using AllData.Replicas;
using AllData.Reports;
using AllData.Storage;
using AllData.Tests.Support;
using AllData.Tests.Unit.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Diagnostics;

/// <summary>All instruments of a silo, and what a collector hears of them.</summary>
internal sealed class InstrumentBench : IDisposable
{
    private readonly Meter _meter = new("AllData.Tests.Instruments");
    private readonly MeterListener _listener = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));

    public InstrumentBench()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == _meter)
            {
                Published.Add(instrument);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((i, value, tags, _) => Take(i, value, tags));
        _listener.SetMeasurementEventCallback<double>((i, value, tags, _) => Take(i, value, tags));
        _listener.Start();
        var meter = new AllDataMeter(GrainStub.Of<IMeterFactory>((_, args) => ((MeterOptions)args[0]!).Name == "AllData" ? _meter : null));
        (Puts, Peers, Repairs, Replicas, Links, Silo) = (new(meter), new(meter), new(meter), new(meter), new(meter), new(meter));
        Follows = new FollowInstruments(meter, _time);
    }

    public PutInstruments Puts { get; }

    public PeerInstruments Peers { get; }

    public RepairInstruments Repairs { get; }

    public ReplicaInstruments Replicas { get; }

    public LinkInstruments Links { get; }

    public FollowInstruments Follows { get; }

    public SiloInstruments Silo { get; }

    /// <summary>What the shown figures are read from; changed by tests.</summary>
    public RepairCounters Counters { get; } = new();

    public RepairProgress Progress { get; set; } = RepairProgress.Unknown;

    public long? Lag { get; set; }

    public ReplicaStoreStatistics? Held { get; set; }

    public LinkReport[] LinkReports { get; set; } = [];

    public SiloCondition[] Conditions { get; set; } = [];

    public EventKey? FollowEnd { get; set; }

    /// <summary>The instruments that exist.</summary>
    public List<Instrument> Published { get; } = [];

    /// <summary>What was measured, in its order.</summary>
    public List<string> Measured { get; } = [];

    /// <summary>The names of the attributes of what was measured, by instrument.</summary>
    public Dictionary<string, SortedSet<string>> Attributes { get; } = [];

    /// <summary>Shows everything that a silo shows when it is active.</summary>
    public void Show()
    {
        Puts.Show();
        Peers.Show();
        Repairs.Show(Counters, () => Progress, () => Lag);
        Replicas.Show(() => Held);
        Links.Show(() => LinkReports);
        Follows.Show(static () => 2, () => FollowEnd, static () => 7);
        var health = new PeerHealth(PeerId.Parse("p1"), TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(200));
        var live = new LiveTopology(TestTopology.Of("r/a", "r/b", "r/c"), null, [true, true, false], [], health, _time);
        Silo.Show(() => Conditions, () => live);
    }

    /// <summary>What a collector reads.</summary>
    public IEnumerable<string> Collect()
    {
        Measured.Clear();
        _listener.RecordObservableInstruments();
        return Measured.Order(StringComparer.Ordinal);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _meter.Dispose();
    }

    private void Take<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags) where T : struct, IFormattable
    {
        var all = tags.ToArray();
        var text = value.ToString(null, CultureInfo.InvariantCulture);
        Measured.Add($"{instrument.Name} {text}{string.Concat(all.Select(static t => $" {t.Key}={t.Value}"))}");
        if (!Attributes.TryGetValue(instrument.Name, out var names))
        {
            Attributes[instrument.Name] = names = new SortedSet<string>(StringComparer.Ordinal);
        }

        names.UnionWith(all.Select(static t => t.Key));
    }
}
