using System.Diagnostics;
using AllData.Diagnostics;

namespace AllData.Reading;

/// <summary>The span of a scan, from its first page to its last. Made only for a scan that is recorded.</summary>
internal sealed class ScanTrace
{
    private const string Name = "alldata.scan";

    private readonly Activity _scan;
    private int _pages;
    private long _events;
    private long _bytes;
    private int _doubts;
    private bool _isEnded;

    private ScanTrace(Activity scan) => _scan = scan;

    /// <summary>Begins the span of a scan; null where it is not recorded.</summary>
    public static ScanTrace? Begin(ScanUse use) => AllDataActivities.Begin(Name, ActivityKind.Internal) is { } scan
        ? new ScanTrace(scan.SetTag(TelemetryAttributes.ScanUse, TelemetryAttributes.TextOf(use)))
        : null;

    /// <summary>Makes the span the current one until the calling method ends, so that calls to peers carry it.</summary>
    public void Enter() => Activity.Current = _scan;

    /// <summary>A page is given.</summary>
    public void OnPage(ScanPage page)
    {
        _pages++;
        _events += page.Count;
        _bytes += page.Records.Length;
        _doubts += page.Doubts.Length;
        _isEnded = page.IsLast;
    }

    /// <summary>The scan is over, or its reader has given it up.</summary>
    public void End()
    {
        _scan.SetTag(TelemetryAttributes.PageCount, _pages).SetTag(TelemetryAttributes.EventCount, _events).SetTag(TelemetryAttributes.Size, _bytes)
            .SetTag(TelemetryAttributes.DoubtCount, _doubts).SetTag(TelemetryAttributes.ScanEnded, _isEnded);
        AllDataActivities.End(_scan);
    }
}
