using System.Collections.Concurrent;
using AllData.Events;
using AllData.Replication;
using AllData.Storage;
using AllData.Storage.Sqlite;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

/// <summary>
/// The replica answers only after the flush. A killed process leaves the system's cache alive and proves nothing about that, so the
/// power fails here: images of the files are taken under load that have only what was flushed.
/// </summary>
public sealed class PowerLossTests : IDisposable
{
    private const int Lanes = 8;
    private const int BlocksPerLane = 60;

    private readonly SqliteEngineHarness _harness = new();

    public void Dispose() => _harness.Dispose();

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
        _harness.Seams = new SqliteSeams { Flush = false };
        await using (var killed = _harness.OpenStore())
        {
            await killed.AppendAsync(TestBlocks.One(0)).Soon();
            CopyFiles(_harness.Path, folder.Path);
        }

        using var vfs = new FaultyVfs(foundFilesAreDurable: false);
        await using var next = SqliteEngineHarness.OpenAt(folder.Path, vfs.Name);
        Assert.Single((await next.LookUpAsync([TestBlocks.Key(0)], CancellationToken.None))[0].Digests);
        var image = new Image(folder.NewFolder(), [TestBlocks.Key(0)]);
        vfs.WritePowerLossImage(folder.Path, image.Path, random: null);
        Assert.Empty(await FindLost(image));
    }

    private async Task<IReadOnlyCollection<Image>> TakeImagesUnderLoad(bool flush, bool partly)
    {
        var random = new Random(20260105);
        var moments = Enumerable.Range(0, 10).Select(_ => random.Next(1, Lanes * BlocksPerLane)).ToHashSet();
        var answered = new ConcurrentQueue<EventKey>();
        var images = new ConcurrentQueue<Image>();
        var count = 0;

        _harness.Seams = new SqliteSeams { Flush = flush };
        await using var store = _harness.OpenStore(new StorageOptions { CheckpointBytes = 30_000 });
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
                    var path = Path.Combine(_harness.Path, $"image-{number}");
                    var image = new Image(Directory.CreateDirectory(path).FullName, [.. answered]);
                    if (flush)
                    {
                        CopyMarks(path);
                    }

                    _harness.Vfs.WritePowerLossImage(_harness.Path, image.Path, partly ? new Random(number) : null);
                    images.Enqueue(image);
                }
            }
        }
    }

    // They are not flushed: those of this moment are the most that the disk can have.
    private void CopyMarks(string image)
    {
        foreach (var mark in Directory.GetFiles(Path.Combine(_harness.Path, "intervals"), "*.answered"))
        {
            Directory.CreateDirectory(Path.Combine(image, "intervals"));
            File.Copy(mark, Path.Combine(image, "intervals", Path.GetFileName(mark)));
        }
    }

    private static async Task<List<EventKey>> FindLost(Image image, bool flushed = true)
    {
        await using var store = SqliteEngineHarness.OpenAt(image.Path, vfs: null);
        var held = await store.LookUpAsync([.. image.Answered], CancellationToken.None).Soon();
        Assert.Equal((0, 0), (store.Statistics.DamagedBlocks, flushed ? store.Statistics.DamagedIntervals : 0));
        return [.. held.Where(h => h.Digests.IsEmpty).Select(h => h.Key)];
    }

    private static void CopyFiles(string source, string target)
    {
        var files = Directory.GetFiles(source, "*.db*", SearchOption.AllDirectories);
        foreach (var file in files.Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private sealed record Image(string Path, EventKey[] Answered);
}
