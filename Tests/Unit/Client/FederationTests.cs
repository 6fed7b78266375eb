using System.Text.Json;
using AllData.Client.Commands;
using AllData.Federation;
using AllData.Tests.Support;
using AllData.Tests.Unit.Federation;

namespace AllData.Tests.Unit.Client;

/// <summary><c>alldata federation check</c>.</summary>
public sealed class FederationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ClientRun _run = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_document_that_can_be_used_is_shown_and_no_cluster_is_asked()
    {
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("federation", "check", FederationSample.FilePath));

        Assert.Matches("north +0 +north +1-599, 9600-9699 +https://north-a", _run.Output);
        Assert.Matches("west +1 +west, west-2 +600-1199 .*1 thumbprint", _run.Output);
        Assert.Contains($"Version 3 of store {FederationSample.Store} can be used.", _run.Output, StringComparison.Ordinal);
        Assert.Null(_run.Address);
    }

    [Fact]
    public async Task All_faults_are_said_and_the_exit_code_is_that_of_a_failure()
    {
        var file = Write("bad.json", "{}");

        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("federation", "check", file));

        Assert.Contains($"{file}: store is missing", _run.Output, StringComparison.Ordinal);
        Assert.Contains($"{file}: clusters is missing", _run.Output, StringComparison.Ordinal);
        Assert.Contains("The document cannot be used: 4 faults.", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_that_cannot_follow_is_refused_naming_both_versions()
    {
        var inUse = Write("2.json", FederationSample.Document(version: 2));
        var next = Write("1.json", FederationSample.Document(version: 1));

        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("federation", "check", next, "--against", inUse));
        Assert.Contains($"{next}: Version 1 is lower than version 2, which is in use.", _run.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("federation", "check", inUse, "--against", next));
    }

    [Fact]
    public async Task A_machine_reads_the_same()
    {
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("federation", "check", FederationSample.FilePath, "--json"));
        using (var usable = JsonDocument.Parse(_run.Output))
        {
            Assert.True(usable.RootElement.GetProperty("usable").GetBoolean());
            Assert.Equal(3, usable.RootElement.GetProperty("version").GetInt32());
            Assert.Equal("600-1199", usable.RootElement.GetProperty("clusters")[1].GetProperty("ordinals")[0].GetString());
        }

        var file = Write("bad.json", "[]");
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("federation", "check", file, "--json"));
        using var bad = JsonDocument.Parse(_run.Output);
        Assert.False(bad.RootElement.GetProperty("usable").GetBoolean());
        Assert.Equal(file, bad.RootElement.GetProperty("faults")[0].GetProperty("file").GetString());
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_a_wrong_command_line()
    {
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("federation", "check", Path.Combine(_directory.Path, "none.json")));
        Assert.Contains("There is no file", _run.Error, StringComparison.Ordinal);
    }

    private string Write(string name, FederationDocument document) => Write(name, System.Text.Encoding.UTF8.GetString(FederationJson.Write(document)));

    private string Write(string name, string content)
    {
        var path = Path.Combine(_directory.Path, name);
        File.WriteAllText(path, content);
        return path;
    }
}
