using System.Runtime.InteropServices;

namespace AllData.Tests.Support;

/// <summary>Signals to processes, and whether they live.</summary>
internal static partial class Signals
{
    public const int Abort = 6;
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    public static void Send(int pid, int signal)
    {
        if (SendSignal(pid, signal) != 0)
        {
            throw new InvalidOperationException($"Signal {signal} to process {pid} failed: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    /// <summary>Whether a process exists and is not merely waiting for its exit code to be fetched.</summary>
    public static bool IsAlive(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);
}
