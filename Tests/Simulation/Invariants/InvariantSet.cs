using AllData.Simulation.Running;

namespace AllData.Simulation.Invariants;

/// <summary>What must hold at every moment, and how often it was looked at.</summary>
internal sealed class InvariantSet
{
    private readonly SortedDictionary<string, long> _checked = new(StringComparer.Ordinal);
    private readonly Timeline _timeline;
    private readonly int _seed;
    private readonly Action<Exception> _onFault;

    /// <summary>Nothing has been checked yet.</summary>
    /// <param name="timeline">Simulated time.</param>
    /// <param name="settings">What the run is like.</param>
    /// <param name="onFault">Told of what does not hold: shipped code that is called on the way may catch what is thrown.</param>
    public InvariantSet(Timeline timeline, WorldSettings settings, Action<Exception> onFault)
    {
        _onFault = onFault;
        _timeline = timeline;
        _seed = settings.Seed;
        Durability = new AcknowledgedIsKept(this);
        Conflicts = new ConflictsAreKept(this);
        Issued = new NothingIsIssuedTwice(this);
        Scans = new CompleteScanIsComplete(this);
        Convergence = new CopiesConverge(this);
        OnePayload = new OnePayloadIsAcknowledged(this, (settings.Policy.ReplicationFactor / 2) + 1);
        Safe = new SafeIsSafe(this);
        Possible = new PossiblePutsAreTaken(this, settings);
        Open = new OpenStaysOpen(this);
        Agreement = new ClustersAgree(this);
        Followers = new FollowersMissNothing(this);
        Numbers = new NumbersAreTrue(this);
        Certificates = new CertificatesAreTrue(this);
        Dropped = new DroppedIsElsewhere(this);
    }

    /// <summary>Invariant 1.</summary>
    public AcknowledgedIsKept Durability { get; }

    /// <summary>Invariant 2.</summary>
    public ConflictsAreKept Conflicts { get; }

    /// <summary>Invariant 3.</summary>
    public NothingIsIssuedTwice Issued { get; }

    /// <summary>Invariant 4.</summary>
    public CompleteScanIsComplete Scans { get; }

    /// <summary>Invariant 5.</summary>
    public CopiesConverge Convergence { get; }

    /// <summary>Invariant 6.</summary>
    public OnePayloadIsAcknowledged OnePayload { get; }

    /// <summary>Invariant 7.</summary>
    public SafeIsSafe Safe { get; }

    /// <summary>Invariant 8.</summary>
    public PossiblePutsAreTaken Possible { get; }

    /// <summary>Invariant 9.</summary>
    public OpenStaysOpen Open { get; }

    /// <summary>Invariant 10.</summary>
    public ClustersAgree Agreement { get; }

    /// <summary>Invariant 11.</summary>
    public FollowersMissNothing Followers { get; }

    /// <summary>Invariant 12.</summary>
    public NumbersAreTrue Numbers { get; }

    /// <summary>Invariant 13.</summary>
    public CertificatesAreTrue Certificates { get; }

    /// <summary>Invariant 14.</summary>
    public DroppedIsElsewhere Dropped { get; }

    /// <summary>How often each was checked.</summary>
    public IReadOnlyDictionary<string, long> Checked => _checked;

    /// <summary>Ends the run when something does not hold.</summary>
    /// <param name="name">The invariant.</param>
    /// <param name="holds">Whether it holds.</param>
    /// <param name="message">What was found, where it does not.</param>
    public void Require(string name, bool holds, Func<string> message)
    {
        _checked[name] = _checked.GetValueOrDefault(name) + 1;
        if (!holds)
        {
            var failure = new SimulationFailure(name, $"seed {_seed}, {_timeline.Elapsed:hh\\:mm\\:ss\\.fff}: {message()}");
            _onFault(failure);
            throw failure;
        }
    }
}
