using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Npgsql;

namespace AllData.Tests.Support;

/// <summary>
/// A PostgreSQL server for one test, in a temporary directory: loopback only, a free port, all users trusted, fsync on. Under root it runs as an
/// unprivileged user, because PostgreSQL refuses root.
/// </summary>
public sealed partial class PostgreSqlServer : IAsyncLifetime
{
    private const string User = "postgres";
    private const int Interrupt = 2;
    private const int PageBytes = 8192;
    private const int PageHeaderBytes = 24;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly string _binaries = FindBinaries();
    private readonly string? _runAs = Environment.IsPrivilegedProcess ? FindUnprivilegedUser() : null;
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("alldata-postgresql-");
    private readonly int _port = FreePort();
    private Process? _server;
    private int _databases;

    private string DataDirectory => Path.Combine(_home.FullName, "data");

    /// <summary>Creates an empty database; its connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"test{Interlocked.Increment(ref _databases)}";
        await using var source = NpgsqlDataSource.Create(ConnectionStringOf(User));
        await using var command = source.CreateCommand($"CREATE DATABASE {name}");
        await command.ExecuteNonQueryAsync();
        return ConnectionStringOf(name);
    }

    /// <summary>Starts the server, again if it was stopped, and waits until it answers.</summary>
    /// <param name="settings">Settings that differ from the usual ones, as <c>fsync=off</c>.</param>
    public async Task StartAsync(params string[] settings)
    {
        StartWithoutWaiting(settings);
        await Eventually.Succeeds("starting PostgreSQL", Bound, async () =>
        {
            await using var connection = new NpgsqlConnection(ConnectionStringOf(User) + ";Pooling=false");
            await connection.OpenAsync();
        });
    }

    /// <summary>Starts the server and returns while it may still refuse connections.</summary>
    public void StartWithoutWaiting(params string[] settings) => _server = Launch(
        "postgres",
        [
            "-D", DataDirectory, "-p", _port.ToString(CultureInfo.InvariantCulture), "-k", "", "-c", "listen_addresses=127.0.0.1",
            .. settings.SelectMany(setting => new[] { "-c", setting }),
        ]);

    /// <summary>Stops it in good order, cutting its connections.</summary>
    public async Task StopAsync()
    {
        if (_server is { HasExited: false } server)
        {
            _ = SendSignal(server.Id, Interrupt);
            await server.WaitForExitAsync().WaitAsync(Bound);
        }
    }

    /// <summary>Ends it and its workers as kill -9 does.</summary>
    public async Task KillAsync()
    {
        if (_server is { HasExited: false } server)
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync().WaitAsync(Bound);
        }
    }

    /// <summary>Overwrites the header of a page of a table or index behind the server's back, and starts the server again.</summary>
    /// <param name="connectionString">The database.</param>
    /// <param name="relation">An expression that gives the relation's oid.</param>
    /// <param name="page">Its number.</param>
    public async Task CorruptPageAsync(string connectionString, string relation, int page)
    {
        string path;
        await using (var connection = new NpgsqlConnection(connectionString + ";Pooling=false"))
        {
            await connection.OpenAsync();
            await using var find = new NpgsqlCommand($"SELECT pg_relation_filepath({relation})", connection);
            path = Path.Combine(DataDirectory, (string)(await find.ExecuteScalarAsync())!);
        }

        await StopAsync();
        await using (var file = new FileStream(path, FileMode.Open, FileAccess.Write))
        {
            file.Position = (long)page * PageBytes;
            await file.WriteAsync(Enumerable.Repeat((byte)0xA5, PageHeaderBytes).ToArray());
        }

        await StartAsync();
    }

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (_runAs is not null)
        {
            await RunAsync(Process.Start("chown", [_runAs, _home.FullName]));
        }

        // Not flushing is for the making of the empty directory only; the server itself flushes.
        await RunAsync(Launch("initdb", "-D", DataDirectory, "-U", User, "--auth=trust", "--no-sync", "--no-instructions", "-E", "UTF8"));
        await StartAsync();
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        await KillAsync();
        _home.Delete(recursive: true);
    }

    private static string FindBinaries()
    {
        var path = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? [];
        var packaged = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Reverse().Select(d => Path.Combine(d, "bin"))
            : [];
        return path.Concat(packaged).FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb")) && File.Exists(Path.Combine(d, "postgres")))
            ?? throw new InvalidOperationException(
                "PostgreSQL's initdb and postgres are neither in PATH nor under /usr/lib/postgresql: apt-get install postgresql.");
    }

    private static string FindUnprivilegedUser()
    {
        var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]).ToHashSet();
        return users.Contains(User) ? User : "nobody";
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task RunAsync(Process process)
    {
        await process.WaitForExitAsync().WaitAsync(Bound);
        var command = string.Join(' ', process.StartInfo.ArgumentList.Prepend(process.StartInfo.FileName));
        Assert.True(process.ExitCode == 0, $"{command}: exit code {process.ExitCode}.");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);

    private string ConnectionStringOf(string database) => $"Host=127.0.0.1;Port={_port};Username={User};Database={database}";

    private Process Launch(string program, params string[] arguments)
    {
        var executable = Path.Combine(_binaries, program);
        string[] command = _runAs is null
            ? [executable, .. arguments]
            : ["setpriv", $"--reuid={_runAs}", $"--regid={GroupOf(_runAs)}", "--clear-groups", executable, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = _home.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;

        // Unread output would block the server once the pipe is full.
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static string GroupOf(string user) =>
        File.ReadLines("/etc/passwd").Select(line => line.Split(':')).First(fields => fields[0] == user)[3];
}
