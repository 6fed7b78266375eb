using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Tests.Support;

/// <summary>A row of the table of buckets.</summary>
internal sealed record BucketRow(CopysetId Copyset, UnixMinute Minute, long Blocks, long Events, UInt128 DigestSum);

/// <summary>What the common cases of every engine need to know of one of them.</summary>
internal interface IStorageEngineHarness : IDisposable
{
    /// <summary>Opens the engine of a peer; the one opened before must be closed.</summary>
    IStorageEngine Open(EngineSetting setting);

    /// <summary>Changes a byte of a stored block behind the engine's back; the engine is closed.</summary>
    void Damage(BlockId id);

    /// <summary>Makes a stored block another one behind the engine's back, as an older program would have stored it; the engine is closed.</summary>
    void Forge(BlockId id, byte[] bytes, CopysetId copyset, string members);

    /// <summary>Writes the members of a copyset behind the engine's back; the engine is closed.</summary>
    void WriteCopyset(Interval interval, CopysetId copyset, string members);

    /// <summary>The copysets as they are stored, each with its members; the engine is closed.</summary>
    IReadOnlyDictionary<CopysetId, string> ReadCopysets(Interval interval);

    /// <summary>The buckets as they are stored; the engine is closed.</summary>
    IReadOnlyList<BucketRow> ReadBuckets(Interval interval);

    /// <summary>Writes a bucket over the one of the same copyset and minute, or beside the others; the engine is closed.</summary>
    void WriteBucket(Interval interval, BucketRow row);

    /// <summary>Removes a bucket behind the engine's back; the engine is closed.</summary>
    void DeleteBucket(Interval interval, CopysetId copyset, UnixMinute minute);

    /// <summary>Forgets which blocks are of which topic behind the engine's back; the engine is closed.</summary>
    void ForgetTopics(Interval interval);

    /// <summary>Forgets which blocks are late behind the engine's back; the engine is closed.</summary>
    void ForgetLate(Interval interval);

    /// <summary>Removes the file or table of an interval behind the engine's back; the engine is closed.</summary>
    void LoseInterval(Interval interval);

    /// <summary>Makes every flush fail from now on.</summary>
    void FailFlushes();

    /// <summary>Makes every write fail from now on, as if the disk were full.</summary>
    void FillDisk();

    /// <summary>Lets writes and flushes succeed again.</summary>
    void Mend();
}
