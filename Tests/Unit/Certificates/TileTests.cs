using System.Text;
using AllData.Certificates;

namespace AllData.Tests.Unit.Certificates;

/// <summary>What a log is served as: paths, tiles and bundles of C2SP tlog-tiles.</summary>
public sealed class TileTests
{
    [Theory]
    [InlineData("0/000", 0, 0, 256)]
    [InlineData("0/x001/x234/067", 0, 1_234_067, 256)]
    [InlineData("1/003.p/17", 1, 3, 17)]
    [InlineData("63/x001/000.p/255", 63, 1_000, 255)]
    [InlineData("entries/x001/x234/067.p/1", null, 1_234_067, 1)]
    public void Paths_are_read_as_they_are_written(string path, int? level, long index, int width)
    {
        Assert.Equal(new TilePath(level, index, width), TilePath.Parse(path));
        Assert.Equal(path, new TilePath(level, index, width).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0/")]
    [InlineData("0/0")]
    [InlineData("00/000")]
    [InlineData("64/000")]
    [InlineData("-1/000")]
    [InlineData("0/x000/067")]
    [InlineData("0/001/067")]
    [InlineData("0/x001/x067")]
    [InlineData("0/1067")]
    [InlineData("0/000.p/0")]
    [InlineData("0/000.p/256")]
    [InlineData("0/000.p/01")]
    [InlineData("0/000.p/")]
    [InlineData("0/000.p")]
    [InlineData("leaves/000")]
    [InlineData("0/x999/x999/x999/x999/x999/x999/999")]
    public void What_is_not_a_path_is_refused(string path) => Assert.Null(TilePath.Parse(path));

    // The example of the specification: a tree of 70,000.
    [Theory]
    [InlineData("0/x000/272", false)]
    [InlineData("0/272", true)]
    [InlineData("0/273.p/112", true)]
    [InlineData("0/273.p/113", false)]
    [InlineData("0/273", false)]
    [InlineData("1/000", true)]
    [InlineData("1/001.p/17", true)]
    [InlineData("1/001.p/18", false)]
    [InlineData("2/000.p/1", true)]
    [InlineData("2/000.p/2", false)]
    [InlineData("3/000.p/1", false)]
    [InlineData("63/000.p/1", false)]
    [InlineData("entries/273.p/112", true)]
    [InlineData("entries/274.p/1", false)]
    [InlineData("0/x009/x223/x372/x036/x854/x775/807", false)]
    public void A_tree_has_the_tiles_that_its_size_gives(string path, bool has) =>
        Assert.Equal(has, TilePath.Parse(path) is { } read && LogTiles.Has(read, 70_000));

    [Fact]
    public void The_hashes_of_a_tile_above_the_leaves_are_the_roots_of_whole_tiles_below()
    {
        byte[][] entries = [.. Enumerable.Range(0, 600).Select(static i => Encoding.ASCII.GetBytes($"entry {i}"))];
        TreeHash[] leaves = [.. entries.Select(static e => TreeHash.OfLeaf(e))];
        Assert.Equal(256 * 32, LogTiles.TileOf(TilePath.Parse("0/001")!, leaves).Length);
        Assert.Equal(Hex(leaves[512..600]), Convert.ToHexStringLower(LogTiles.TileOf(TilePath.Parse("0/002.p/88")!, leaves)));
        Assert.Equal(
            Convert.ToHexStringLower([.. IndependentTree.Hash(entries[..256]), .. IndependentTree.Hash(entries[256..512])]),
            Convert.ToHexStringLower(LogTiles.TileOf(TilePath.Parse("1/000.p/2")!, leaves)));

        static string Hex(TreeHash[] hashes) => string.Concat(hashes.Select(static h => h.ToString()));
    }

    [Fact]
    public void Bundles_are_read_as_they_are_written()
    {
        ReadOnlyMemory<byte>[] entries = [ReadOnlyMemory<byte>.Empty, new byte[1], new byte[LogTiles.MaxEntryLength]];
        var bundle = LogTiles.WriteBundle(entries);
        Assert.Equal("0000000100FFFF", Convert.ToHexString(bundle[..7]));
        Assert.Equal(entries.Select(static e => e.Length), LogTiles.ReadBundle(bundle).Select(static e => e.Length));
        Assert.Throws<CertificateFormatException>(() => LogTiles.ReadBundle(bundle.AsMemory(0, bundle.Length - 1)));
        Assert.Throws<CertificateFormatException>(() => LogTiles.ReadBundle(new byte[1]));
        Assert.Throws<ArgumentException>(() => LogTiles.WriteBundle([new byte[LogTiles.MaxEntryLength + 1]]));
    }
}
