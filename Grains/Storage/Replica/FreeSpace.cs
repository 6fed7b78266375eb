using Microsoft.Extensions.Logging;

namespace AllData.Storage.Replica;

/// <summary>
/// Whether a peer's disk has room for new blocks. A write that fails makes a store read-only until it is opened again; so blocks are refused before the disk
/// is full, and taken again when there is room. Measured once a second, not by puts: these only read the result.
/// </summary>
internal sealed partial class FreeSpace : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // What is left must do for logs, leases and the closing of intervals, not for data: a large disk needs no larger rest.
    private const int ShareOfDisk = 100;
    private const long MostByDefault = 1L << 30;

    // Back only with this part more: at the limit itself a peer would come and go with every file.
    private const int ReturnPart = 8;

    private readonly Func<DiskSpace> _measure;
    private readonly long? _leastFree;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private int _isMeasuring;
    private volatile string? _shortage;

    /// <summary>Measures once, and then every second.</summary>
    /// <param name="measure">Asks the disk.</param>
    /// <param name="leastFree">Bytes that new blocks leave free; null for a hundredth of the disk, 1 GiB at most.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Logs that the disk cannot be asked.</param>
    public FreeSpace(Func<DiskSpace> measure, long? leastFree, TimeProvider time, ILogger logger)
    {
        _measure = measure;
        _leastFree = leastFree;
        _logger = logger;
        Measure();
        _timer = time.CreateTimer(_ => Measure(), null, Period, Period);
    }

    /// <summary>A sentence that says how much is free and how much must be; null while there is room.</summary>
    public string? Shortage => _shortage;

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Measure()
    {
        // A disk that hangs holds one thread, not one more each second.
        if (Interlocked.Exchange(ref _isMeasuring, 1) != 0)
        {
            return;
        }

        try
        {
            _shortage = ShortageOf(_measure());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Not known is not full: a write says so itself.
            LogNotMeasured(e);
        }
        finally
        {
            Volatile.Write(ref _isMeasuring, 0);
        }
    }

    private string? ShortageOf(DiskSpace disk)
    {
        var least = _leastFree ?? Math.Min(disk.TotalBytes / ShareOfDisk, MostByDefault);
        var enough = least + (least / ReturnPart);
        return disk.FreeBytes >= (_shortage is null ? least : enough)
            ? null
            : $"{disk.FreeBytes:N0} bytes of the disk are free, and AllData:Limits:MinFreeBytes is {least:N0}; with {enough:N0} blocks are taken again.";
    }

    [LoggerMessage(LogLevel.Debug, "How much of the disk is free cannot be measured")]
    private partial void LogNotMeasured(Exception failure);
}
