using System.Globalization;
using System.Text.RegularExpressions;

namespace AllData.Tests.Support.Documentation;

/// <summary>
/// Runs the marked blocks of a page in order, in one shell, in a directory of their own, against the programs of this build and at free ports.
/// <c>run</c> must succeed; <c>run: exit 0, 4</c> may also end with what is named. <c>run: server</c> goes on while the next blocks run; <c>run: stop</c> ends
/// what goes on. <c>output</c> must stand in what the block before it printed, line after line: <c>…</c> is any text, and a key is any key.
/// </summary>
internal sealed partial class PageSession : IDisposable
{
    private const int Ports = 6;

    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(8);

    private readonly DocPage _page;
    private readonly TemporaryDirectory _directory = new();
    private readonly int _base = FreePorts.ForProcesses(Ports);

    public PageSession(DocPage page) => _page = page;

    /// <summary>What all blocks printed, for a test's own output.</summary>
    public string Transcript => string.Join('\n', Blocks().Select(b => $"== {_page.Path}:{b.Block.Line}\n{OutputOf(b.Index)}"));

    public void Dispose() => _directory.Dispose();

    /// <summary>Runs them.</summary>
    /// <returns>What went otherwise than the page says, a sentence each.</returns>
    public async Task<IReadOnlyList<string>> RunAsync()
    {
        Directory.CreateDirectory(Path.Combine(_directory.Path, ".session"));
        Directory.CreateSymbolicLink(Path.Combine(_directory.Path, "docs"), Path.Combine(Repository.Root, "docs"));
        await File.WriteAllTextAsync(ScriptPath, Script());
        var run = await ProgramRun.RunAsync("bash", Bound, _directory.Path, ScriptPath);
        var faults = run.ExitCode == 0 ? [] : new List<string> { $"The session ended with {run.ExitCode}: {run.Output}{run.Errors}" };
        foreach (var (index, block) in Blocks())
        {
            faults.AddRange(FaultsOf(index, block));
        }

        return faults;
    }

    private string ScriptPath => Path.Combine(_directory.Path, ".session", "script");

    private IEnumerable<(int Index, DocBlock Block)> Blocks() => _page.Blocks.Index().Where(static b => b.Item.Kind is "run" or "quick-start")
        .Select(static b => (b.Index, b.Item));

    private string Script()
    {
        var client = Repository.OutputOf("Client", "alldata.dll");
        var silo = Repository.OutputOf("Silo", "AllData.Silo.dll");
        var gateways = string.Join(',', Enumerable.Range(_base + 200, IsOfCluster ? 2 : 1).Select(static port => $"127.0.0.1:{port}"));
        var prelude = $$"""
            set -E -o pipefail
            unset ${!AllData__*}
            export AllData__Http__Port={{_base}} AllData__Silo__SiloPort={{_base + 100}} AllData__Silo__GatewayPort={{_base + 200}}
            export {{(HasContext ? "" : $"ALLDATA_GATEWAYS={gateways}")}} XDG_CONFIG_HOME=$PWD/.config no_proxy='*'
            servers=()
            N=0
            trap 'echo "$? $BASH_COMMAND" >> .session/failed.$N' ERR
            program() { if [ -n "${SERVER:-}" ]; then exec dotnet "$@"; else command dotnet "$@"; fi; }
            alldata() { program '{{client}}' "$@"; }
            AllData.Silo() {
              case "${1:-}" in local-cluster|local-peer) set -- "$@" --base-port {{_base}};; esac
              program '{{silo}}' "$@"
            }
            dotnet() {
              local name=$5; shift 5
              [ "${1:-}" = -- ] && shift
              case $name in Silo) AllData.Silo "$@";; Client) alldata "$@";; *) echo "no such program here: $name"; return 99;; esac
            }
            started() {
              for _ in $(seq 3000); do
                grep -q "$3" "$1" && { sleep 0.2; return 0; }
                kill -0 "$2" 2>/dev/null || { echo "it ended"; return 98; }
                sleep 0.1
              done
              echo "it did not start"; return 97
            }
            stop() {
              for s in "${servers[@]}"; do kill -TERM "$s" 2>/dev/null || true; done
              for s in "${servers[@]}"; do wait "$s" 2>/dev/null || true; done
              servers=()
            }
            pid_of() { awk -F'\t' -v peer="$1" '$1 == peer { print $2; exit }' .session/out.*; }
            trap 'trap - ERR; stop' EXIT
            """;
        return Ported(prelude + '\n' + string.Join('\n', Blocks().Select(static b => PartOf(b.Index, b.Block)))) + "\nexit 0\n";
    }

    // A context counts where the environment names no gateway.
    private bool HasContext => _page.Blocks.Any(static b => b.Kind == "run" && b.Text.Contains("alldata context add", StringComparison.Ordinal));

    private bool IsOfCluster => _page.Blocks.Any(static b => b.Text.Contains("local-cluster", StringComparison.Ordinal));

    private static string PartOf(int index, DocBlock block) => (block.Kind, block.Detail) switch
    {
        (_, "stop") => "stop",
        (_, "built already") => "",
        (_, "server") => ServerPart(index, block.Text),
        ("quick-start", _) when block.Text.Contains("--project Silo", StringComparison.Ordinal) => ServerPart(index, block.Text),
        (_, var detail) when detail.StartsWith("PID of ", StringComparison.Ordinal) =>
            BlockPart(index, block.Text.Replace("PID", $"$(pid_of {detail["PID of ".Length..]})", StringComparison.Ordinal)),
        _ => BlockPart(index, block.Text),
    };

    private static string BlockPart(int index, string text) => $"N={index}\n{{\n{text}\n}} > .session/out.{index} 2>&1 < /dev/null";

    private static string ServerPart(int index, string text) =>
        $"N={index}\n(\nSERVER=1\n{text}\n) > .session/out.{index} 2>&1 < /dev/null &\nservers+=($!)\nstarted .session/out.{index} $! '{ReadyOf(text)}'";

    // What a person waits for, too.
    private static string ReadyOf(string text) => text.Contains("local-cluster", StringComparison.Ordinal) ? "^cluster ready" : "takes events at";

    private IEnumerable<string> FaultsOf(int index, DocBlock block)
    {
        var failed = Path.Combine(_directory.Path, ".session", $"failed.{index}");
        var allowed = block.Detail.StartsWith("exit ", StringComparison.Ordinal) ? block.Detail["exit ".Length..].Split(", ") : ["0"];
        foreach (var line in File.Exists(failed) ? File.ReadAllLines(failed) : [])
        {
            // A line without a number is the rest of a command of several lines.
            if (line.Split(' ')[0] is var code && int.TryParse(code, CultureInfo.InvariantCulture, out _) && !allowed.Contains(code))
            {
                yield return $"{_page.Path}:{block.Line}: ended with {line}\n{OutputOf(index)}";
            }
        }

        if (_page.Blocks.ElementAtOrDefault(index + 1) is { Kind: "output" } output)
        {
            var rest = OutputOf(index).Split('\n').AsEnumerable();
            foreach (var expected in output.Lines.Where(static line => line.Any(char.IsLetterOrDigit)))
            {
                var pattern = PatternOf(Ported(expected));
                rest = rest.SkipWhile(line => !pattern.IsMatch(line)).ToList();
                if (!rest.Any())
                {
                    yield return $"{_page.Path}:{output.Line}: '{expected}' is not in what was printed, or not in this order:\n{OutputOf(index)}";
                    yield break;
                }

                rest = rest.Skip(1);
            }
        }
    }

    private string OutputOf(int index)
    {
        var file = Path.Combine(_directory.Path, ".session", $"out.{index}");
        return File.Exists(file) ? File.ReadAllText(file) : "";
    }

    private static Regex PatternOf(string line) => new(
        Spaces().Replace(Key().Replace(Regex.Escape(line.Trim()).Replace("…", ".*?", StringComparison.Ordinal), @"\d{8}T\d{18}"), @"\s+"),
        RegexOptions.None, TimeSpan.FromSeconds(5));

    // 8081 to 8086 for HTTP, 81.. for silos, 82.. for gateways, as the local cluster and a single silo have them.
    private string Ported(string text) => Port().Replace(text, match => string.Create(
        CultureInfo.InvariantCulture, $"{_base + (100 * (match.Groups[1].Value[0] - '0')) + match.Groups[2].Value[0] - '1'}"));

    [GeneratedRegex(@"\b8([012])8([1-6])\b")]
    private static partial Regex Port();

    [GeneratedRegex(@"\d{8}T\d{18}")]
    private static partial Regex Key();

    [GeneratedRegex(@"(\\ )+")]
    private static partial Regex Spaces();
}
