using AllData.Diagnostics;
using AllData.Events;
using AllData.Peers;
using AllData.Placement;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace AllData.Restoring;

/// <summary>Takes archived events back at this silo's peer.</summary>
// Without the directory and kept alive, as EventReaderGrain.
[StatelessWorker(-1, removeIdleWorkers: false), KeepAlive, Reentrant, GrainDirectory(NoGrainDirectory.Name)]
internal sealed class RestoringGrain(ArchivedEventIntake intake) : Grain, IRestoringGrain, IContractGrain
{
    public Task<PeerId> Restore(EventBatch batch, Topic? topic) => intake.RestoreAsync(batch, topic);
}
