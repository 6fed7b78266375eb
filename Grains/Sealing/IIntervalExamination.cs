using AllData.Errors;
using AllData.Intervals;
using AllData.Protocol.Certificates;

namespace AllData.Sealing;

/// <summary>Finds out everything about an interval.</summary>
internal interface IIntervalExamination
{
    /// <summary>Finds it out.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="isReadInDoubt">Whether the events are read, too, where a peer may hold something that is not seen.</param>
    /// <param name="stop">Ends it between two answers.</param>
    /// <exception cref="CertificateException">It cannot be found out now; the message says why.</exception>
    Task<SealingFacts> RunAsync(Interval interval, bool isReadInDoubt, CancellationToken stop);
}
