namespace KpTelemetry.Local.ClickHouse.Http;

/// <summary>The HTTP status that goes with an error of the engine, as ClickHouse's server answers it.</summary>
internal static class HttpStatus
{
    public static int Of(int code) => code switch
    {
        194 => StatusCodes.Status401Unauthorized,
        192 or 193 or 516 or 512 or 497 => StatusCodes.Status403Forbidden,
        36 or 6 or 25 or 26 or 38 or 41 or 72 or 427 or 441 or 676 or 675 or 27 or 376 or 15 or 44 or 8 or 64 or 167 or 168
            or 223 or 321 or 62 or 117 or 53 or 691 or 69 or 16 => StatusCodes.Status400BadRequest,
        60 or 46 or 47 or 50 or 56 or 81 or 115 or 49 or 63 or 73 or 336 or 78 or 511 => StatusCodes.Status404NotFound,
        202 => StatusCodes.Status503ServiceUnavailable,
        131 => StatusCodes.Status413PayloadTooLarge,
        48 => StatusCodes.Status501NotImplemented,
        209 or 76 or 439 => StatusCodes.Status503ServiceUnavailable,
        381 => StatusCodes.Status411LengthRequired,
        159 => StatusCodes.Status408RequestTimeout,
        _ => StatusCodes.Status500InternalServerError,
    };
}
