namespace AllData.Tests.Support.Documentation;

/// <summary>
/// The part of a page that comes from the code: what follows the mark <c>generated</c>. With <c>ALLDATA_APPROVE_DOCS=1</c> it is written instead of
/// compared.
/// </summary>
internal static class GeneratedPart
{
    private const string Approve = "ALLDATA_APPROVE_DOCS";
    private const string Mark = "<!-- generated: ALLDATA_APPROVE_DOCS=1 writes what follows -->";

    /// <summary>Compares, or writes.</summary>
    /// <param name="path">The page.</param>
    /// <param name="generated">What the code says.</param>
    public static void Check(string path, IEnumerable<string> generated)
    {
        var file = Path.Combine(Repository.Root, path);
        var lines = File.ReadAllLines(file).ToList();
        var mark = lines.IndexOf(Mark);
        Assert.True(mark >= 0, $"{path} has no line {Mark}");
        List<string> expected = [.. lines.Take(mark + 1), "", .. generated.SelectMany(static text => text.Split('\n')).Select(static line => line.TrimEnd())];
        while (expected[^1].Length == 0)
        {
            expected.RemoveAt(expected.Count - 1);
        }

        if (Environment.GetEnvironmentVariable(Approve) == "1")
        {
            File.WriteAllText(file, string.Join('\n', expected) + "\n");
            return;
        }

        var changes = expected.Except(lines).Select(static line => $"+ {line}").Concat(lines.Except(expected).Select(static line => $"- {line}")).ToList();
        Assert.True(
            expected.SequenceEqual(lines),
            $"{path} is not what the code says. {Approve}=1 with this test writes it; look at the change.\n{string.Join('\n', changes)}");
    }
}
