using AllData.Reading;

namespace AllData;

/// <summary>
/// One reader that follows, served by the silo where the call comes in. Applications use <see cref="IEventReader.FollowAsync(FollowStart)"/>, which
/// continues if that silo dies.
/// </summary>
[Alias("AllData.IEventFollowGrain")]
public interface IEventFollowGrain : IGrainWithGuidKey
{
    /// <summary>Pages without end. The first comes at once and says where the reader begins; one without events comes every few seconds.</summary>
    [Alias("Follow")]
    IAsyncEnumerable<FollowPage> Follow(FollowStart start);

    /// <summary>The same, and in between pages of events that were acknowledged and are not safe yet.</summary>
    [Alias("FollowLive")]
    IAsyncEnumerable<FollowPage> FollowLive(FollowStart start);
}
