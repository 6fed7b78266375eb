using AllData.Reading;

namespace AllData;

/// <summary>
/// One scan, run at the silo where the call comes in. Applications use <see cref="IEventReader.Scan"/>, which continues if that silo dies.
/// </summary>
[Alias("AllData.IEventScanGrain")]
public interface IEventScanGrain : IGrainWithGuidKey
{
    /// <summary>The pages of a range; the last one is marked.</summary>
    [Alias("Scan")]
    IAsyncEnumerable<ScanPage> Scan(ScanRange range);
}
