using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace AllData.Tests.Support;

/// <summary>Debian's Chromium, and what its pages complain of.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    // Two cores may be shared with six silos.
    private const float Bound = 90_000;

    private const string Pictures = "ALLDATA_TEST_PICTURES";

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    /// <summary>What pages wrote to their consoles as errors, and what they asked of other addresses than their own.</summary>
    public ConcurrentQueue<string> Complaints { get; } = new();

    /// <summary>Starts it.</summary>
    public static async Task<Chromium> StartAsync()
    {
        var program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(static folder => Path.Combine(folder, "chromium"))
            .FirstOrDefault(File.Exists) ?? throw new FileNotFoundException("There is no program 'chromium' in PATH: ./test.sh installs Debian's package.");
        Assertions.SetDefaultExpectTimeout(Bound);
        var playwright = await Playwright.CreateAsync();

        // Its own sandbox needs rights that a build server does not give; the pages are the store's own.
        var browser = await playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions { ExecutablePath = program, Args = ["--no-sandbox"], Timeout = Bound });
        return new Chromium(playwright, browser);
    }

    /// <summary>Opens a page in a profile of its own.</summary>
    /// <param name="address">Where.</param>
    /// <param name="isWatched">Whether its complaints are noted.</param>
    public async Task<IPage> OpenAsync(Uri address, bool isWatched = true)
    {
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions { IgnoreHTTPSErrors = true });
        context.SetDefaultTimeout(Bound);
        var page = await context.NewPageAsync();
        page.Console += (_, message) => Note(isWatched && message.Type == "error", message.Text);
        page.PageError += (_, error) => Note(isWatched, error);
        page.Request += (_, request) => Note(isWatched && new Uri(request.Url).Authority != address.Authority, $"It asked {request.Url}.");
        await page.GotoAsync(address.ToString());
        return page;
    }

    /// <summary>Keeps a picture of a page for a person who asks for it: in the directory that the environment names.</summary>
    /// <param name="page">The page.</param>
    /// <param name="name">What it shows.</param>
    /// <param name="width">Its width in pixels.</param>
    /// <param name="scheme">Light or dark.</param>
    public static async Task ShowAsync(IPage page, string name, int width = 1280, ColorScheme scheme = ColorScheme.Light)
    {
        if (Environment.GetEnvironmentVariable(Pictures) is { Length: > 0 } directory)
        {
            var former = page.ViewportSize!;
            await page.SetViewportSizeAsync(width, former.Height);
            await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme });
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(directory, $"{name}.png"), FullPage = true });
            await page.SetViewportSizeAsync(former.Width, former.Height);
            await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Light });
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    private void Note(bool isComplaint, string text)
    {
        if (isComplaint)
        {
            Complaints.Enqueue(text);
        }
    }
}
