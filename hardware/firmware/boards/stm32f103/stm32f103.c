/* STM32F103C8 ("Blue Pill") with two bridges that have INA, INB, PWM and a current output. Compiled, not yet run.
 *
 *   left  motor: PWM PB6 (TIM4_CH1), INA PB12, INB PB13, current PA2, encoder PA0 and PA1 (TIM2)
 *   right motor: PWM PB7 (TIM4_CH2), INA PB14, INB PB15, current PA3, encoder PA6 and PA7 (TIM3)
 *   battery: PA4 behind a divider of 1:10;  emergency stop: PB5 through a normally closed contact to ground
 *   serial: USART1, PA9 and PA10
 *
 * Register numbers are of ST's reference manual RM0008. It stays on the internal 8 MHz oscillator, which is enough.
 */
#include "board.h"

const char board_name[12] = "stm32f103";

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define RCC_APB2ENR REGISTER(0x40021018u)
#define RCC_APB1ENR REGISTER(0x4002101Cu)
#define GPIOA 0x40010800u
#define GPIOB 0x40010C00u
#define GPIO_CRL(port) REGISTER((port) + 0x00u)
#define GPIO_CRH(port) REGISTER((port) + 0x04u)
#define GPIO_IDR(port) REGISTER((port) + 0x08u)
#define GPIO_ODR(port) REGISTER((port) + 0x0Cu)
#define GPIO_BSRR(port) REGISTER((port) + 0x10u)
#define USART_SR REGISTER(0x40013800u)
#define USART_DR REGISTER(0x40013804u)
#define USART_BRR REGISTER(0x40013808u)
#define USART_CR1 REGISTER(0x4001380Cu)
#define TIM2 0x40000000u
#define TIM3 0x40000400u
#define TIM4 0x40000800u
#define TIM_CR1(timer) REGISTER((timer) + 0x00u)
#define TIM_SMCR(timer) REGISTER((timer) + 0x08u)
#define TIM_CCMR1(timer) REGISTER((timer) + 0x18u)
#define TIM_CCER(timer) REGISTER((timer) + 0x20u)
#define TIM_CNT(timer) REGISTER((timer) + 0x24u)
#define TIM_ARR(timer) REGISTER((timer) + 0x2Cu)
#define TIM_CCR(timer, channel) REGISTER((timer) + 0x34u + 4u * (channel))
#define ADC_SR REGISTER(0x40012400u)
#define ADC_CR2 REGISTER(0x40012408u)
#define ADC_SMPR2 REGISTER(0x40012410u)
#define ADC_SQR3 REGISTER(0x40012434u)
#define ADC_DR REGISTER(0x4001244Cu)
#define IWDG_KR REGISTER(0x40003000u)
#define IWDG_PR REGISTER(0x40003004u)
#define IWDG_RLR REGISTER(0x40003008u)
#define SYST_CSR REGISTER(0xE000E010u)
#define SYST_RVR REGISTER(0xE000E014u)
#define SYST_CVR REGISTER(0xE000E018u)
#define NVIC_ISER1 REGISTER(0xE000E104u)
#define UNIQUE_ID ((const volatile uint8_t *)0x1FFFF7E8u)

#define CLOCK_HZ 8000000u
#define PWM_TOP 400u /* 20 kHz */
#define ESTOP_PIN (1u << 5)
#define CHANNELS 3u
#define CURRENT_MA_TIMES_256 1473 /* for each count: 3.3 V / 4096 / 0.14 V/A */
#define VOLTAGE_MV_TIMES_256 2063 /* for each count: 3.3 V / 4096 * 10 */

#define BUFFER 256u
static volatile uint8_t rx[BUFFER], rx_head, rx_tail, tx[BUFFER], tx_head, tx_tail;
static volatile uint32_t elapsed_ms;
static uint16_t analogue[CHANNELS];
static uint8_t channel;

void systick_handler(void) { elapsed_ms++; }

void usart1_handler(void)
{
    if (USART_SR & (1u << 5)) {
        uint8_t byte = (uint8_t)USART_DR;
        if ((uint8_t)(rx_head + 1u) != rx_tail)
            rx[rx_head++] = byte;
    }
    if ((USART_CR1 & (1u << 7)) && (USART_SR & (1u << 7))) {
        if (tx_head == tx_tail)
            USART_CR1 &= ~(1u << 7);
        else
            USART_DR = tx[tx_tail++];
    }
}

static void encoder_init(uint32_t timer)
{
    TIM_CCMR1(timer) = 0x3131u; /* both inputs, filtered */
    TIM_SMCR(timer) = 3u;       /* count every edge of both */
    TIM_ARR(timer) = 0xFFFFu;
    TIM_CR1(timer) = 1u;
}

static void convert(void)
{
    ADC_SQR3 = 2u + channel;
    ADC_CR2 |= 1u << 22 | 7u << 17 | 1u << 20; /* start by software */
}

void board_init(void)
{
    RCC_APB2ENR |= 1u << 0 | 1u << 2 | 1u << 3 | 1u << 9 | 1u << 14;
    RCC_APB1ENR |= 7u;
    GPIO_CRL(GPIOA) = 0x44400044u; /* encoders float; PA2, PA3 and PA4 are analogue */
    GPIO_CRH(GPIOA) = 0x444444B4u; /* PA9 sends, PA10 receives */
    GPIO_ODR(GPIOB) = ESTOP_PIN;                 /* pulled up: a broken wire reads as pressed */
    GPIO_CRL(GPIOB) = 0xAA844444u;
    GPIO_CRH(GPIOB) = 0x22224444u;
    TIM_ARR(TIM4) = PWM_TOP;
    TIM_CCMR1(TIM4) = 0x6868u;
    TIM_CCER(TIM4) = 0x11u;
    TIM_CR1(TIM4) = 1u;
    encoder_init(TIM2);
    encoder_init(TIM3);
    ADC_SMPR2 = 0x3FFFFFFFu;
    ADC_CR2 = 1u;
    for (uint8_t motor = 0; motor < BOARD_MOTORS; motor++)
        board_brake(motor);
    USART_BRR = (CLOCK_HZ + 57600u) / 115200u;
    USART_CR1 = 1u << 13 | 1u << 5 | 1u << 3 | 1u << 2;
    NVIC_ISER1 = 1u << (37 - 32);
    SYST_RVR = CLOCK_HZ / 1000u - 1u;
    SYST_CVR = 0;
    SYST_CSR = 7u;
    IWDG_KR = 0x5555u;
    IWDG_PR = 0;    /* 40 kHz / 4 */
    IWDG_RLR = 600; /* 60 ms */
    IWDG_KR = 0xCCCCu;
    convert();
}

uint32_t board_ms(void)
{
    if (ADC_SR & 2u) {
        analogue[channel] = (uint16_t)ADC_DR;
        channel = (uint8_t)((channel + 1u) % CHANNELS);
        convert();
    }
    return elapsed_ms;
}

void board_feed_dog(void) { IWDG_KR = 0xAAAAu; }

bool board_read(uint8_t *byte)
{
    if (rx_head == rx_tail)
        return false;
    *byte = rx[rx_tail++];
    return true;
}

void board_write(const uint8_t *data, uint8_t length)
{
    uint8_t used = (uint8_t)(tx_head - tx_tail);
    if (length >= BUFFER - used)
        return;
    for (uint8_t i = 0; i < length; i++)
        tx[tx_head++] = data[i];
    __asm volatile("cpsid i" ::: "memory");
    USART_CR1 |= 1u << 7;
    __asm volatile("cpsie i" ::: "memory");
}

int32_t board_ticks(uint8_t motor)
{
    static uint32_t ticks[BOARD_MOTORS];
    static uint16_t before[BOARD_MOTORS];
    uint16_t now = (uint16_t)TIM_CNT(motor == 0 ? TIM2 : TIM3);
    ticks[motor] += (uint32_t)(int32_t)(int16_t)(uint16_t)(now - before[motor]);
    before[motor] = now;
    return (int32_t)ticks[motor];
}

static void bridge(uint8_t motor, uint32_t inputs, uint32_t duty)
{
    uint32_t shift = 12u + 2u * motor;
    GPIO_BSRR(GPIOB) = inputs << shift | (~inputs & 3u) << (shift + 16u);
    TIM_CCR(TIM4, motor) = duty;
}

void board_drive(uint8_t motor, int16_t power)
{
    bridge(motor, power >= 0 ? 1u : 2u, (uint32_t)(power < 0 ? -power : power) * PWM_TOP / FULL_POWER);
}

void board_brake(uint8_t motor) { bridge(motor, 0u, PWM_TOP); }

int16_t board_current_ma(uint8_t motor)
{
    int32_t current_ma = (int32_t)analogue[motor] * CURRENT_MA_TIMES_256 / 256;
    return (int16_t)(current_ma > INT16_MAX ? INT16_MAX : current_ma);
}

uint16_t board_voltage_mv(void) { return (uint16_t)((uint32_t)analogue[2] * VOLTAGE_MV_TIMES_256 / 256u); }
int16_t board_temperature_tenths_c(void) { return NOT_MEASURED; }
bool board_estop(void) { return (GPIO_IDR(GPIOB) & ESTOP_PIN) != 0; }

void board_serial_number(uint8_t serial[8])
{
    for (uint8_t i = 0; i < 8; i++)
        serial[i] = UNIQUE_ID[i] ^ (i < 4 ? UNIQUE_ID[8 + i] : 0);
}

bool board_set_plant(uint8_t parameter, int32_t value)
{
    (void)parameter;
    (void)value;
    return false;
}

/* --- start-up ---------------------------------------------------------------------------------------------------- */

extern uint32_t stack_top, data_load, data_start, data_end, bss_start, bss_end;
int main(void);
void reset_handler(void);

void *memset(void *to, int value, unsigned int length)
{
    for (unsigned int i = 0; i < length; i++)
        ((volatile uint8_t *)to)[i] = (uint8_t)value;
    return to;
}

void *memcpy(void *to, const void *from, unsigned int length)
{
    for (unsigned int i = 0; i < length; i++)
        ((volatile uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    return to;
}

void reset_handler(void)
{
    const uint32_t *from = &data_load;
    for (uint32_t *to = &data_start; to < &data_end;)
        *to++ = *from++;
    for (uint32_t *to = &bss_start; to < &bss_end;)
        *to++ = 0;
    main();
}

static void hang(void) /* the independent watchdog resets the board, and it boots stopped */
{
    for (;;) {
    }
}

typedef void (*vector)(void);
__attribute__((section(".vectors"), used)) static const vector vectors[16 + 38] = {
    (vector)(uintptr_t)&stack_top,
    reset_handler,
    [2 ... 14] = hang,
    [15] = systick_handler,
    [16 ... 16 + 36] = hang,
    [16 + 37] = usart1_handler,
};
