using System.Collections.Concurrent;
using AllData.Events;
using AllData.Replication;
using AllData.Storage;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

/// <summary>
/// The replica answers only after the flush. A killed process leaves the system's cache alive and proves nothing about that, so the
/// power fails here: images of the files are taken under load that have only what was flushed.
/// </summary>
public abstract class PowerLossContract : IDisposable
{
    private const int Lanes = 8;
    private const int BlocksPerLane = 60;

    /// <summary>The data directory.</summary>
    private protected abstract string Directory { get; }

    public abstract void Dispose();

    /// <summary>Opens a store in the data directory that writes often to whatever is not its log.</summary>
    private protected abstract IReplicaStore OpenStore(bool flush);

    /// <summary>Writes the files of the data directory as they would be if the power had failed now.</summary>
    private protected abstract void WriteImage(string target, Random? random);

    /// <summary>Opens a store in another directory; what it finds there was written by a process that was killed.</summary>
    /// <returns>The store, and what writes an image of that directory.</returns>
    private protected abstract (IReplicaStore Store, Action<string> WriteImage) OpenKilled(string path);

    /// <summary>Opens a store in another directory.</summary>
    private protected abstract IReplicaStore OpenAt(string path);

    [Fact]
    public async Task Every_block_that_was_answered_survives_a_power_loss()
    {
        foreach (var image in await TakeImagesUnderLoad(flush: true, partly: false))
        {
            Assert.Empty(await FindLost(image));
        }
    }

    [Fact]
    public async Task Every_block_that_was_answered_survives_a_power_loss_that_tears_what_was_not_flushed()
    {
        foreach (var image in await TakeImagesUnderLoad(flush: true, partly: true))
        {
            Assert.Empty(await FindLost(image));
        }
    }

    [Fact]
    public async Task Without_flushes_the_same_check_finds_blocks_lost()
    {
        var lost = 0;
        foreach (var image in await TakeImagesUnderLoad(flush: false, partly: false))
        {
            lost += (await FindLost(image, flushed: false)).Count;
        }

        Assert.True(lost > 0, "Nothing was lost although nothing was flushed: this check cannot fail.");
    }

    [Fact]
    public async Task What_a_killed_process_had_written_is_flushed_before_the_next_one_says_that_it_holds_it()
    {
        using var folder = new StorageFolder();
        await using (var killed = OpenStore(flush: false))
        {
            await killed.AppendAsync(TestBlocks.One(0)).Soon();
            CopyFiles(Directory, folder.Path);
        }

        var (next, writeImage) = OpenKilled(folder.Path);
        await using (next)
        {
            Assert.Single((await next.LookUpAsync([TestBlocks.Key(0)], CancellationToken.None))[0].Digests);
            var image = new Image(folder.NewFolder(), [TestBlocks.Key(0)]);
            writeImage(image.Path);
            Assert.Empty(await FindLost(image));
        }
    }

    private async Task<IReadOnlyCollection<Image>> TakeImagesUnderLoad(bool flush, bool partly)
    {
        var random = new Random(20260105);
        var moments = Enumerable.Range(0, 10).Select(_ => random.Next(1, Lanes * BlocksPerLane)).ToHashSet();
        var answered = new ConcurrentQueue<EventKey>();
        var images = new ConcurrentQueue<Image>();
        var count = 0;

        await using var store = OpenStore(flush);
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(lane => Task.Run(() => AppendLane(lane)))).Soon();
        return images;

        async Task AppendLane(int lane)
        {
            for (var i = 0; i < BlocksPerLane; i++)
            {
                var key = TestBlocks.Key(i, ordinal: lane);
                Assert.Equal(AppendStatus.Stored, (await store.AppendAsync(TestBlocks.Of((key, new string('x', 300))))).Status);
                answered.Enqueue(key);

                // The other lanes are in the middle of their own appends, checkpoints included.
                var number = Interlocked.Increment(ref count);
                if (moments.Contains(number))
                {
                    // What counts as answered is taken before the power fails.
                    var path = Path.Combine(Directory, $"image-{number}");
                    var image = new Image(System.IO.Directory.CreateDirectory(path).FullName, [.. answered]);
                    if (flush)
                    {
                        CopyMarks(path);
                    }

                    WriteImage(image.Path, partly ? new Random(number) : null);
                    images.Enqueue(image);
                }
            }
        }
    }

    // They are not flushed: those of this moment are the most that the disk can have.
    private void CopyMarks(string image)
    {
        foreach (var mark in System.IO.Directory.GetFiles(Path.Combine(Directory, "intervals"), "*.answered"))
        {
            System.IO.Directory.CreateDirectory(Path.Combine(image, "intervals"));
            File.Copy(mark, Path.Combine(image, "intervals", Path.GetFileName(mark)));
        }
    }

    private async Task<List<EventKey>> FindLost(Image image, bool flushed = true)
    {
        await using var store = OpenAt(image.Path);
        var held = await store.LookUpAsync([.. image.Answered], CancellationToken.None).Soon();
        Assert.Equal((0, 0), (store.Statistics.DamagedBlocks, flushed ? store.Statistics.DamagedIntervals : 0));
        return [.. held.Where(h => h.Digests.IsEmpty).Select(h => h.Key)];
    }

    private static void CopyFiles(string source, string target)
    {
        foreach (var file in System.IO.Directory.GetFiles(Path.Combine(source, "intervals")).Where(static f => !IsIgnored(f)))
        {
            var copy = Path.Combine(System.IO.Directory.CreateDirectory(Path.Combine(target, "intervals")).FullName, Path.GetFileName(file));
            File.Copy(file, copy);
        }
    }

    // Notes and marks say nothing of what is flushed; SQLite's index of its log is not read by another process.
    private static bool IsIgnored(string file) => Path.GetExtension(file) is ".json" or ".answered" || file.EndsWith("-shm", StringComparison.Ordinal);

    private sealed record Image(string Path, EventKey[] Answered);
}
