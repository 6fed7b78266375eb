using System.Text;
using AllData.Security;

namespace AllData.Tests.Unit.Security;

/// <summary>The file of those that may use the store.</summary>
public sealed class PrincipalsDocumentTests
{
    private static readonly string Hash = new('A', 64);

    [Fact]
    public void What_is_written_is_read()
    {
        var document = new PrincipalsDocument(
        [
            new Principal("app", StoreRoles.Reader | StoreRoles.Writer, [Hash], [PrincipalsDocument.HashOf("k")]),
            new Principal("slow", StoreRoles.Writer, [], []) { Quota = new PrincipalQuota(EventsPerSecond: 1_000, BytesPerDay: 5) },
            new Principal("ops", StoreRoles.Operator, [], []),
        ]);
        var read = PrincipalsDocument.Read(document.Write());

        Assert.Equal(document.Principals.Select(Text), read.Principals.Select(Text));
        Assert.Equal("app", read.FindByKey("k")?.Name);
        Assert.Null(read.FindByKey("K"));
    }

    [Theory]
    [InlineData("", "it is not such a document")]
    [InlineData("{}", "it has no 'principals'")]
    [InlineData("""{"principals":[],"more":1}""", "it is not such a document")]
    [InlineData("""{"principals":[null]}""", "'' is no name of a principal")]
    [InlineData("""{"principals":[{"name":"a b"}]}""", "'a b' is no name of a principal")]
    [InlineData("""{"principals":[{"name":"a","roles":["admin"]}]}""", "principal 'a': 'admin' is no role: reader, writer and operator are.")]
    [InlineData("""{"principals":[{"name":"a","keys":["00"]}]}""", "principal 'a': '00' is no SHA-256")]
    [InlineData("""{"principals":[{"name":"a","keys":[null]}]}""", "principal 'a': '' is no SHA-256")]
    [InlineData("""{"principals":[{"name":"a","quota":{"bytesPerDay":0}}]}""", "principal 'a': its bytesPerDay is 0; 1 to ")]
    [InlineData("""{"principals":[{"name":"a"},{"name":"a"}]}""", "two principals have the name 'a'")]
    [InlineData("""{"principals":[{"name":"a","name":"b"}]}""", "it is not such a document")]
    public void What_is_no_such_document_is_refused_with_a_sentence(string json, string sentence) => Assert.Contains(
        sentence, Assert.Throws<FormatException>(() => PrincipalsDocument.Read(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_key_is_of_one_principal()
    {
        var json = $$"""{"principals":[{"name":"a","keys":["{{Hash}}"]},{"name":"b","keys":["{{Hash.ToLowerInvariant()}}"]}]}""";
        Assert.Contains("one key is there twice, at 'a' and at 'b'", Assert.Throws<FormatException>(
            () => PrincipalsDocument.Read(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);
    }

    private static string Text(Principal p) => $"{p.Name} {p.Roles} {string.Join(',', p.Thumbprints)} {string.Join(',', p.KeyHashes)} {p.Quota}";
}
