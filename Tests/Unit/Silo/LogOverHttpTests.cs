using System.Net;
using System.Security.Cryptography;
using System.Text;
using AllData.Tests.Support;
using AllData.Tests.Unit.Certificates;

namespace AllData.Tests.Unit.Silo;

/// <summary>The log of certificates over HTTP, verified by code that shares nothing with the product.</summary>
public sealed class LogOverHttpTests : IAsyncLifetime
{
    private HttpSilo _silo = null!;

    public async Task InitializeAsync() => _silo = await HttpSilo.StartAsync();

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    [Fact]
    public async Task The_whole_log_is_read_and_verified_from_its_tiles()
    {
        var (texts, log) = CertificateSample.Log(300);
        (_silo.Certificates.Texts, _silo.Certificates.Head) = (texts, CertificateSample.Sign(log.Head, 1, 2));

        using var checkpoint = await _silo.Client.GetAsync("/log/checkpoint");
        Assert.Equal(("text/plain; charset=utf-8", HttpStatusCode.OK), (checkpoint.Content.Headers.ContentType!.ToString(), checkpoint.StatusCode));
        var lines = (await checkpoint.Content.ReadAsStringAsync()).Split('\n');
        Assert.Equal((CertificateSample.Origin, "300"), (lines[0], lines[1]));

        var entries = EntriesOf([.. await BytesAsync("entries/000"), .. await BytesAsync("entries/001.p/44")]);
        Assert.Equal(texts, entries.Select(Encoding.UTF8.GetString));
        Assert.Equal(lines[2], Convert.ToBase64String(IndependentTree.Hash(entries)));
        byte[] leaves = [.. await BytesAsync("0/000"), .. await BytesAsync("0/001.p/44")];
        Assert.Equal(string.Concat(entries.Select(static e => Convert.ToHexString(SHA256.HashData([0, .. e])))), Convert.ToHexString(leaves));
        Assert.Equal(IndependentTree.Hash(entries[..256]), await BytesAsync("1/000.p/1"));
    }

    [Theory]
    [InlineData("/log/checkpoint")]
    [InlineData("/log/tile/0/000")]
    [InlineData("/log/tile/0/000.p/1")]
    [InlineData("/log/tile/entries/000.p/1")]
    [InlineData("/log/tile/nonsense")]
    [InlineData("/log/tile/")]
    public async Task What_is_not_there_is_not_found(string path) =>
        Assert.Equal(HttpStatusCode.NotFound, (await _silo.Client.GetAsync(path)).StatusCode);

    [Fact]
    public async Task A_tile_may_be_kept_forever_and_a_checkpoint_for_seconds()
    {
        var (texts, log) = CertificateSample.Log(2);
        (_silo.Certificates.Texts, _silo.Certificates.Head) = (texts, CertificateSample.Sign(log.Head, 1, 2));
        using var tile = await _silo.Client.GetAsync("/log/tile/0/000.p/2");
        using var head = await _silo.Client.GetAsync("/log/checkpoint");
        Assert.Equal((TimeSpan.FromDays(365), TimeSpan.FromSeconds(5)), (tile.Headers.CacheControl!.MaxAge, head.Headers.CacheControl!.MaxAge));
        Assert.Equal("application/octet-stream", tile.Content.Headers.ContentType!.ToString());
    }

    private Task<byte[]> BytesAsync(string path) => _silo.Client.GetByteArrayAsync($"/log/tile/{path}");

    // The length of each in two bytes, big-endian.
    private static List<byte[]> EntriesOf(byte[] bundle)
    {
        var entries = new List<byte[]>();
        for (var at = 0; at < bundle.Length;)
        {
            var length = (bundle[at] << 8) | bundle[at + 1];
            entries.Add(bundle[(at + 2)..(at + 2 + length)]);
            at += 2 + length;
        }

        return entries;
    }
}
