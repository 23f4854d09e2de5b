using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Ballast.ComponentBase.Logging;

/// <summary>Loggers that write klog's lines to standard error: <c>I1122 13:37:00.123456   4711 Storage] message</c>.</summary>
public static class KlogLoggerFactory
{
    /// <param name="verbosity">Upstream's <c>--v</c>: below 4 information and worse, from 4 on debugging messages too.</param>
    public static ILoggerFactory Create(int verbosity)
    {
        var lowest = verbosity >= 6 ? LogLevel.Trace : verbosity >= 4 ? LogLevel.Debug : LogLevel.Information;
        return LoggerFactory.Create(builder => builder
            .SetMinimumLevel(lowest)
            .AddFilter("Microsoft", verbosity >= 6 ? LogLevel.Debug : LogLevel.Warning)
            .AddFilter("System", LogLevel.Warning)
            .AddFilter("Grpc", LogLevel.Warning)
            .AddProvider(new Provider(TimeProvider.System)));
    }

    private sealed class Provider(TimeProvider time) : ILoggerProvider
    {
        private readonly Lock _gate = new();

        public ILogger CreateLogger(string categoryName) => new Klog(this, categoryName[(categoryName.LastIndexOf('.') + 1)..]);

        public void Write(LogLevel level, string category, string message, Exception? exception)
        {
            var letter = level switch { >= LogLevel.Critical => 'F', LogLevel.Error => 'E', LogLevel.Warning => 'W', _ => 'I' };
            var line = new StringBuilder(128).Append(letter)
                .Append(time.GetUtcNow().ToString("MMdd HH:mm:ss.ffffff", CultureInfo.InvariantCulture))
                .Append(CultureInfo.InvariantCulture, $" {Environment.ProcessId,7} {category}] {message}");
            if (exception is not null)
                line.Append(": ").Append(level >= LogLevel.Error ? exception.ToString() : exception.Message);
            line.Append('\n');
            // One write a line: lines of several threads never mix.
            lock (_gate)
                Console.Error.Write(line.ToString());
        }

        public void Dispose()
        {
        }
    }

    private sealed class Klog(Provider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            provider.Write(logLevel, category, formatter(state, exception), exception);
    }
}
